using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>true or false.</summary>
internal sealed class FlagRule : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (value.Kind is not (RawKind.True or RawKind.False))
        {
            return false;
        }

        output.Append(value.Bytes);
        return true;
    }

    public override string Expected(EntityRules rules) => "true or false";
}
