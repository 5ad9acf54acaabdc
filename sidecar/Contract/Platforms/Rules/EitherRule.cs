using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>A value of one of two kinds, such as a time or a day.</summary>
internal sealed class EitherRule(ValueRule first, ValueRule second) : ValueRule
{
    public ValueRule First => first;

    public ValueRule Second => second;

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        var start = output.Length;
        if (first.TryWrite(rules, value, ref output))
        {
            return true;
        }

        output.Truncate(start);
        return second.TryWrite(rules, value, ref output);
    }

    public override string Expected(EntityRules rules) => $"{first.Expected(rules)}, or {second.Expected(rules)}";
}

/// <summary>A parameter that a person can clear: null says so.</summary>
internal sealed class ClearableRule(ValueRule rule) : ValueRule
{
    public ValueRule Rule => rule;

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (value.Kind != RawKind.Null)
        {
            return rule.TryWrite(rules, value, ref output);
        }

        output.Append("null"u8);
        return true;
    }

    public override string Expected(EntityRules rules) => $"{rule.Expected(rules)}, or null";
}
