using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>The argument <c>attribute</c> of filters: <c>'a.b'</c>, a position, or nothing.</summary>
internal sealed class AttributePath(object?[] parts, object? fallback)
{
    public static AttributePath Of(object? attribute, object? fallback = null) => new(
        attribute switch
        {
            null => [],
            string or Markup => Parts(Types.AsText(attribute)!),
            _ => [attribute],
        },
        fallback);

    /// <summary><c>'a,b.c'</c> for sort.</summary>
    public static AttributePath[] Several(object? attribute) => Types.AsText(attribute) is { } text
        ? [.. text.Split(',').Select(part => Of(part))]
        : [Of(attribute)];

    public object? Get(object? item)
    {
        foreach (var part in parts)
        {
            item = Access.Item(item, part);
            if (fallback is not null && item is Undefined)
            {
                item = fallback;
            }
        }

        return item;
    }

    private static object?[] Parts(string text) => [.. text.Split('.').Select(part =>
        part.Length > 0 && part.All(char.IsAsciiDigit) && Numbers.TryParseInt(part, 10) is { } number ? number : (object?)part)];
}
