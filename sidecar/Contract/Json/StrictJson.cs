using System.Text.Json;
using System.Text.Unicode;
using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Contract.Json;

/// <summary>
/// Parses a message from outside once, strictly: valid UTF-8, at most so many bytes, at most 16 levels, no property twice, no
/// lone surrogate, no number that a double cannot hold. What it accepts can be read with <see cref="JsonElement"/> without any
/// exception, and by every other JSON parser.
/// </summary>
internal static class StrictJson
{
    /// <summary>How deep a message may nest.</summary>
    public const int MaxDepth = 16;

    private const string HalfSurrogate = "half a surrogate pair";
    private const string HugeNumber = "a number beyond the range of a double";
    private const string Twice = "given twice";

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>
    /// As <see cref="Parse"/>, but bare <c>nan</c> and the like are null: for what devices publish (<see cref="LenientJson"/>).
    /// </summary>
    public static JsonDocument? ParseLeniently(ReadOnlySpan<byte> utf8, int maxBytes, out ContractError? error)
    {
        if (utf8.Length > maxBytes || !Utf8.IsValid(utf8))
        {
            return Parse(utf8, maxBytes, out error);
        }

        if (LenientJson.TryRead(utf8, out var json, out var fault))
        {
            // A null is a byte longer than nan.
            return Parse(json, maxBytes * 2, out error);
        }

        error = new ContractError("", AnnounceCodes.InvalidJson, $"no JSON of at most {MaxDepth} levels: {fault}");
        return null;
    }

    /// <summary>Parses; null with the reason when the message is not such JSON. The caller disposes the document.</summary>
    public static JsonDocument? Parse(ReadOnlySpan<byte> utf8, int maxBytes, out ContractError? error)
    {
        error = null;
        if (utf8.Length > maxBytes)
        {
            error = new ContractError("", AnnounceCodes.TooLarge, $"{utf8.Length} bytes; at most {maxBytes} are read");
            return null;
        }

        if (!Utf8.IsValid(utf8))
        {
            error = new ContractError("", AnnounceCodes.InvalidJson, "not valid UTF-8");
            return null;
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(utf8.ToArray(), Options);
        }
        catch (JsonException e)
        {
            var place = $"line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}";
            error = new ContractError("", AnnounceCodes.InvalidJson, $"not valid JSON of at most {MaxDepth} levels: {place}");
            return null;
        }

        if (FirstInvalid(document.RootElement, "", allowTwice: false) is { } found)
        {
            error = new ContractError(found.Path, AnnounceCodes.InvalidJson, found.Message);
            document.Dispose();
            return null;
        }

        return document;
    }

    /// <summary>The path of the first value that another parser would refuse, and why; null when there is none.</summary>
    /// <param name="element">The value.</param>
    /// <param name="path">The path of the value.</param>
    /// <param name="allowTwice">Whether a property may be given twice: then the last one counts.</param>
    public static (string Path, string Message)? FirstInvalid(JsonElement element, string path, bool allowTwice = true)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return IsReadable(element) ? null : (path, HalfSurrogate);
            case JsonValueKind.Number:
                return element.TryGetDouble(out var number) && double.IsFinite(number) ? null : (path, HugeNumber);
            case JsonValueKind.Object:
                return FirstInvalidMember(element, path, allowTwice);
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    if (FirstInvalid(item, JsonPath.Item(path, index++), allowTwice) is { } found)
                    {
                        return found;
                    }
                }

                return null;
            default:
                return null;
        }
    }

    private static (string Path, string Message)? FirstInvalidMember(JsonElement element, string path, bool allowTwice)
    {
        var names = allowTwice ? null : new HashSet<string>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            if (NameOf(property) is not { } name)
            {
                return (path, $"{HalfSurrogate} in a name");
            }

            var member = JsonPath.Member(path, name);
            if (names?.Add(name) == false)
            {
                return (member, Twice);
            }

            if (FirstInvalid(property.Value, member, allowTwice) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            // There is no way to test it before.
            return null;
        }
    }

    private static bool IsReadable(JsonElement text)
    {
        try
        {
            return text.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
