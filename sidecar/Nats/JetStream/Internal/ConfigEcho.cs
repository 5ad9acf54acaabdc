using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;

namespace NATS.Client.JetStream.Internal;

/// <summary>
/// Compares the configuration that a server echoes with the one that was asked for. Servers ignore fields that they do not know without a
/// word (2.9: metadata, compression, allow_msg_ttl, filter_subjects), so this is the only way to notice.
/// </summary>
internal static class ConfigEcho
{
    internal static void Warn<T>(ILogger logger, string kind, string name, T asked, JsonTypeInfo<T> type, byte[]? echoed)
    {
        if (echoed is null || !logger.IsEnabled(LogLevel.Warning))
        {
            return;
        }

        foreach (var difference in Compare(asked, type, echoed))
        {
            JSLog.ConfigNotTaken(logger, kind, name, difference.Path, difference.Asked, difference.Echoed ?? "nothing");
        }
    }

    /// <summary>What was asked and is not so. A field at its default was not asked for.</summary>
    internal static IReadOnlyList<ConfigDifference> Compare<T>(T asked, JsonTypeInfo<T> type, ReadOnlyMemory<byte> echoed)
    {
        using var echo = JsonDocument.Parse(echoed);
        var differences = new List<ConfigDifference>();
        CompareObject(JsonSerializer.SerializeToElement(asked, type), echo.RootElement, string.Empty, differences);
        return differences;
    }

    private static void CompareObject(JsonElement asked, JsonElement echoed, string path, List<ConfigDifference> differences)
    {
        foreach (var field in asked.EnumerateObject())
        {
            // What the server says of its versions changes with the server and with what is asked (ADR-44); sent back, it was not asked for.
            if (IsDefault(field.Value) || (path == "metadata" && field.Name.StartsWith("_nats.", StringComparison.Ordinal)))
            {
                continue;
            }

            var fieldPath = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            if (echoed.TryGetProperty(field.Name, out var value))
            {
                CompareValue(field.Value, value, fieldPath, differences);
            }
            else
            {
                differences.Add(new ConfigDifference(fieldPath, field.Value.GetRawText(), null));
            }
        }
    }

    private static void CompareValue(JsonElement asked, JsonElement echoed, string path, List<ConfigDifference> differences)
    {
        if (asked.ValueKind == JsonValueKind.Object && echoed.ValueKind == JsonValueKind.Object)
        {
            CompareObject(asked, echoed, path, differences);
        }
        else if (asked.ValueKind == JsonValueKind.Array && echoed.ValueKind == JsonValueKind.Array && asked.GetArrayLength() == echoed.GetArrayLength())
        {
            for (var i = 0; i < asked.GetArrayLength(); i++)
            {
                CompareValue(asked[i], echoed[i], string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), differences);
            }
        }
        else if (!IsSame(asked, echoed))
        {
            differences.Add(new ConfigDifference(path, asked.GetRawText(), echoed.GetRawText()));
        }
    }

    private static bool IsDefault(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.Number => value.TryGetInt64(out var number) && number == 0,
        JsonValueKind.String => value.GetString() is { Length: 0 },
        JsonValueKind.Array => value.GetArrayLength() == 0,
        _ => false,
    };

    private static bool IsSame(JsonElement asked, JsonElement echoed) =>
        asked.ValueKind == echoed.ValueKind && asked.ValueKind switch
        {
            JsonValueKind.String => asked.GetString() == echoed.GetString()
                || (asked.TryGetDateTimeOffset(out var a) && echoed.TryGetDateTimeOffset(out var b) && a == b),
            _ => asked.GetRawText() == echoed.GetRawText(),
        };
}
