using System.Text;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>
/// What a state, a state's attribute or an action's parameter may be, and how it is written in normal form. Immutable, shared by
/// all entities.
/// </summary>
internal abstract class ValueRule
{
    /// <summary>Appends the value in normal form; false, and perhaps a part of it appended, when it is wrong.</summary>
    /// <param name="rules">What the entity declares.</param>
    /// <param name="value">Never null (unknown) itself.</param>
    /// <param name="output">Takes the JSON.</param>
    public abstract bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output);

    /// <summary>What would be right: <c>a number from 0 to 100</c>.</summary>
    public abstract string Expected(EntityRules rules);

    /// <summary>The whole message about a wrong value, of which a secret one is not a part.</summary>
    public string Refusal(EntityRules rules, RawValue value, bool isSecret) =>
        isSecret ? $"expected {Expected(rules)}, got {Redactor.Mask}" : Refusal(rules, value);

    /// <summary>The whole message about a wrong value that is no secret.</summary>
    protected virtual string Refusal(EntityRules rules, RawValue value) => $"expected {Expected(rules)}, got {value.Describe()}";

    /// <summary>A text unchanged; of a number its digits, since states are lenient; false for anything else.</summary>
    protected static bool TryGetText(RawValue value, out ReadOnlySpan<byte> text)
    {
        text = value.Bytes;
        return value.Kind == RawKind.Text || (value.Kind == RawKind.Number && !value.Strict);
    }
}

/// <summary>A state attribute that the platform knows.</summary>
internal sealed class AttributeRule(string name, ValueRule rule)
{
    public string Name { get; } = name;

    /// <summary>The name as a JSON member: <c>"brightness":</c>.</summary>
    public byte[] Member { get; } = Encoding.UTF8.GetBytes($"\"{name}\":");

    public ValueRule Rule { get; } = rule;

    public bool Is(ReadOnlySpan<byte> utf8) => utf8.Length == Name.Length && Ascii.Equals(utf8, Name);
}
