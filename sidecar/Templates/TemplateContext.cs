using System.Collections.Frozen;
using System.Text;

namespace HaNatsBridge.Templates;

/// <summary>A function that templates may call, as a variable. What it returns may be what variables may be.</summary>
public delegate object? TemplateFunction(IReadOnlyList<object?> arguments);

/// <summary>The variables of one rendering. May be used by several renderings at once if the values do not change.</summary>
/// <remarks>
/// Values may be null, bool, integers, double, decimal, string, byte[], DateTimeOffset, DateTime, DateOnly, TimeOnly, TimeSpan,
/// JsonElement, dictionaries with string keys, lists of these, a <see cref="TemplateFunction"/>, and what
/// <see cref="NativeValue.Parse"/> returns.
/// </remarks>
public sealed class TemplateContext
{
    private string? _text;

    /// <summary>No variables.</summary>
    public static TemplateContext Empty { get; } = new();

    /// <summary>Variables by name. Default none.</summary>
    public IReadOnlyDictionary<string, object?> Variables { get; init; } = FrozenDictionary<string, object?>.Empty;

    /// <summary>
    /// A message's payload in UTF-8: the variable <c>value</c>, and <c>value_json</c> if it is JSON. They hide variables of
    /// these names.
    /// </summary>
    public ReadOnlyMemory<byte>? Payload { get; init; }

    /// <summary>Whether <c>value</c> is bytes instead of text.</summary>
    public bool PayloadIsBytes { get; init; }

    /// <summary>A context with a payload.</summary>
    public static TemplateContext FromPayload(string payload, IReadOnlyDictionary<string, object?>? variables = null) =>
        new() { Payload = Encoding.UTF8.GetBytes(payload), _text = payload, Variables = variables ?? Empty.Variables };

    internal object PayloadValue =>
        PayloadIsBytes ? Payload!.Value.ToArray() : _text ??= Encoding.UTF8.GetString(Payload!.Value.Span);
}
