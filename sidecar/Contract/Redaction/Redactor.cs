using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Redaction;

/// <summary>
/// Replaces secrets by <see cref="Mask"/> in everything that people keep, copy or send: audit, log, traces, errors, diagnostics,
/// health, repairs and records of what was refused (contract/README.md, "Secrets"). Never throws for what a device sent.
/// </summary>
/// <remarks>
/// What is a secret follows from names (<see cref="SecretNames"/>), from the description (a text of mode <c>password</c>), and
/// from the form of a URL (<c>http://user:password@host</c>).
/// </remarks>
public static partial class Redactor
{
    /// <summary>What is shown instead of a secret.</summary>
    public const string Mask = "***";

    private const string EndsInSentence = " \t\r\n&;,\"'<>)]}";
    private const string EndsInPayload = "\r\n&;,}]";

    /// <summary>
    /// A text for people: without the user and password of URLs, and without the values of <c>token=…</c> and <c>"token": …</c>.
    /// </summary>
    public static string Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.AsSpan().IndexOfAny('@', '=', ':') < 0)
        {
            return text;
        }

        return MaskMembers(QuotedName(), MaskUrls(text), EndsInSentence);
    }

    /// <summary>
    /// A payload that is probably JSON, as text. Where it is none, names need no quotation marks, and a list or object with a
    /// secret name is masked up to the end.
    /// </summary>
    public static string Payload(ReadOnlySpan<byte> utf8)
    {
        if (TryParse(utf8) is not { } parsed)
        {
            return MaskMembers(LooseName(), MaskUrls(JsonOutput.Lossy(utf8)), EndsInPayload);
        }

        using (parsed)
        {
            // Unchanged where there is no secret: what a device sent is best shown byte by byte.
            return Encoding.UTF8.GetString(HasSecret(parsed.RootElement) ? Json(parsed.RootElement) : utf8);
        }
    }

    /// <summary>A JSON value without its secrets, UTF-8.</summary>
    public static byte[] Json(JsonElement value)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using (var writer = JsonOutput.Writer(output))
        {
            Write(writer, value);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes a JSON value without its secrets.</summary>
    public static void Write(Utf8JsonWriter writer, JsonElement value)
    {
        ArgumentNullException.ThrowIfNull(writer);
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var property in value.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    if (IsSecret(property))
                    {
                        writer.WriteStringValue(Mask);
                    }
                    else
                    {
                        Write(writer, property.Value);
                    }
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String:
                writer.WriteStringValue(Text(value.GetString()!));
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }

    /// <summary>An entity's normalised value without its secrets, JSON, UTF-8.</summary>
    public static byte[] State(EntityDescription entity, ReadOnlyMemory<byte> normalised)
    {
        ArgumentNullException.ThrowIfNull(entity);
        var isPlain = !entity.HasSecretState || normalised.Span.SequenceEqual("null"u8)
            || normalised.Span.SequenceEqual("\"unavailable\""u8);
        if (!isPlain)
        {
            return "\"***\""u8.ToArray();
        }

        using var document = JsonDocument.Parse(normalised);
        return Json(document.RootElement);
    }

    /// <summary>Whether a value under a secret name is to be masked: true, false and null tell nothing.</summary>
    internal static bool IsSecret(JsonProperty property) =>
        property.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False or JsonValueKind.Null)
        && SecretNames.Contains(property.Name);

    /// <summary>Whether <see cref="Write"/> changes anything.</summary>
    internal static bool HasSecret(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(property => IsSecret(property) || HasSecret(property.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(HasSecret),
        JsonValueKind.String => value.GetString() is { } text && Text(text) != text,
        _ => false,
    };

    private static JsonDocument? TryParse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var document = JsonDocument.Parse(utf8.ToArray());
            if (StrictJson.FirstInvalid(document.RootElement, "") is null)
            {
                return document;
            }

            document.Dispose();
        }
        catch (JsonException)
        {
            // No JSON.
        }

        return null;
    }

    private static string MaskUrls(string text) => UrlUser().Replace(text, "${scheme}" + Mask + "@");

    /// <summary>Masks each value whose name, with what separates them, is matched and is secret.</summary>
    private static string MaskMembers(Regex named, string text, string ends)
    {
        StringBuilder? masked = null;
        var (done, at) = (0, 0);
        while (named.Match(text, at) is { Success: true } match)
        {
            at = match.Index + match.Length;
            if (!SecretNames.Contains(match.Groups["name"].Value))
            {
                continue;
            }

            var end = EndOfValue(text, at, ends);
            if (end == at || text.AsSpan(at, end - at) is "true" or "false" or "null")
            {
                continue;
            }

            var quote = text[at] is '"' or '\'' ? text[at..(at + 1)] : "";
            (masked ??= new StringBuilder(text.Length)).Append(text, done, at - done).Append(quote).Append(Mask).Append(quote);
            done = at = end;
        }

        return masked is null ? text : masked.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>
    /// A quoted text ends with its quotation mark, a list or an object with the text, anything else with a sign.
    /// </summary>
    private static int EndOfValue(string text, int start, string ends)
    {
        if (start == text.Length || text[start] is '[' or '{')
        {
            return text.Length;
        }

        var quote = text[start];
        if (quote is not ('"' or '\''))
        {
            var length = text.AsSpan(start).IndexOfAny(ends);
            return length < 0 ? text.Length : start + length;
        }

        for (var i = start + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                return i + 1;
            }

            i += text[i] == '\\' ? 1 : 0;
        }

        return text.Length;
    }

    /// <summary><c>http://user:password@</c>.</summary>
    [GeneratedRegex("""(?<scheme>[A-Za-z][A-Za-z0-9+.-]{0,20}://)[^\s/?#"'<>]{1,2000}@""")]
    private static partial Regex UrlUser();

    /// <summary><c>token=</c>, and <c>"token":</c> as in JSON.</summary>
    [GeneratedRegex("""(?<![\w.-])(?<name>[\w.-]{1,64})=|"(?<name>[^"\\]{1,64})"\s*:\s*""")]
    private static partial Regex QuotedName();

    /// <summary>The same, also without quotation marks: <c>{pin: 1234}</c>.</summary>
    [GeneratedRegex("""(?<![\w.-])(?<name>[\w.-]{1,64})["']?\s{0,20}[=:]\s{0,20}""")]
    private static partial Regex LooseName();
}
