using System.Text;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>A state attribute that the platform knows.</summary>
internal sealed class AttributeRule(string name, ValueRule rule)
{
    public string Name { get; } = name;

    /// <summary>The name as a JSON member: <c>"brightness":</c>.</summary>
    public byte[] Member { get; } = Encoding.UTF8.GetBytes($"\"{name}\":");

    public ValueRule Rule { get; } = rule;

    public bool Is(ReadOnlySpan<byte> utf8) => utf8.Length == Name.Length && Ascii.Equals(utf8, Name);
}
