using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>What a state, a state's attribute or an action's parameter may be, and how it is written in normal form. Immutable, shared by all entities.</summary>
internal abstract class ValueRule
{
    /// <summary>Appends the value in normal form; false, and perhaps a part of it appended, when it is wrong.</summary>
    /// <param name="rules">What the entity declares.</param>
    /// <param name="value">Never null (unknown) itself.</param>
    /// <param name="output">Takes the JSON.</param>
    public abstract bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output);

    /// <summary>What would be right: <c>a number from 0 to 100</c>.</summary>
    public abstract string Expected(EntityRules rules);

    /// <summary>The whole message about a wrong value.</summary>
    public virtual string Refusal(EntityRules rules, RawValue value) => $"expected {Expected(rules)}, got {value.Describe()}";

    /// <summary>A text as it stands; of a number its digits, where a text is expected and states are lenient; false for anything else.</summary>
    protected static bool TryGetText(RawValue value, out ReadOnlySpan<byte> text)
    {
        text = value.Bytes;
        return value.Kind == RawKind.Text || (value.Kind == RawKind.Number && !value.Strict);
    }
}
