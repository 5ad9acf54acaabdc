using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>A sensor's <c>last_reset</c>: Home Assistant raises unless the state class is total.</summary>
internal sealed class LastResetRule(FieldRule stateClass, TimeRule time) : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output) =>
        rules.Text(stateClass) == "total" && time.TryWrite(rules, value, ref output);

    public override string Expected(EntityRules rules) => rules.Text(stateClass) == "total" ? time.Expected(rules) : "nothing unless state_class is total";
}
