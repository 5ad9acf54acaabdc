using System.Text.Json;
using System.Text.Unicode;
using HaNatsBridge.Contract.Errors;

namespace HaNatsBridge.Contract.Json;

/// <summary>
/// Parses a foreign message once, strictly: valid UTF-8, at most so many bytes, at most 16 levels, no property twice, no lone surrogate, no
/// number that a double cannot hold. What passes can be read with <see cref="JsonElement"/> without any exception, and by every other JSON parser.
/// </summary>
internal static class StrictJson
{
    /// <summary>How deep a message may nest.</summary>
    public const int MaxDepth = 16;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

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
            error = new ContractError("", AnnounceCodes.InvalidJson, Bounded.Text($"not valid JSON: {e.Message}", 300));
            return null;
        }
        catch (InvalidOperationException)
        {
            // The duplicate check unescapes property names and trips over a lone surrogate.
            error = new ContractError("", AnnounceCodes.InvalidJson, "a property's name has half a surrogate pair");
            return null;
        }

        if (FirstUnreadable(document.RootElement, "") is { } path)
        {
            error = new ContractError(path, AnnounceCodes.InvalidJson, "half a surrogate pair, or a number beyond a double's range");
            document.Dispose();
            return null;
        }

        return document;
    }

    /// <summary>Where the first value stands that another parser would refuse; null when there is none.</summary>
    public static string? FirstUnreadable(JsonElement element, string path)
    {
        try
        {
            return Search(element, path);
        }
        catch (InvalidOperationException)
        {
            // A property's name with half a surrogate pair: there is no asking before.
            return path;
        }
    }

    private static string? Search(JsonElement element, string path)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return IsReadable(element) ? null : path;
            case JsonValueKind.Number:
                return element.TryGetDouble(out var number) && double.IsFinite(number) ? null : path;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    if (Search(property.Value, JsonPath.Member(path, property.Name)) is { } found)
                    {
                        return found;
                    }
                }

                return null;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    if (Search(item, JsonPath.Item(path, index++)) is { } found)
                    {
                        return found;
                    }
                }

                return null;
            default:
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
