using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary><c>"on"</c> or <c>"off"</c>, also given as true or false.</summary>
internal sealed class OnOffRule : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        var on = value.Kind == RawKind.True || (value.Kind == RawKind.Text && value.Word.SequenceEqual("on"u8));
        if (!on && value.Kind != RawKind.False && !(value.Kind == RawKind.Text && value.Word.SequenceEqual("off"u8)))
        {
            return false;
        }

        output.Append(on ? "\"on\""u8 : "\"off\""u8);
        return true;
    }

    public override string Expected(EntityRules rules) => "on, off, true or false";
}
