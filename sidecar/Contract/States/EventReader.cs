using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Platforms.Definitions;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.States;

/// <summary>
/// Reads events: <c>{"event_type": "ring", …attributes}</c> or just <c>ring</c> (docs/devices.md, "State", <c>.event.{key}</c>).
/// </summary>
public static class EventReader
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxAttributeBytes = 16 * 1024;
    private const string EventType = "event_type";

    /// <summary>
    /// Reads an event; false with the reason when it is wrong: then it is dropped. Never throws for what a device sent.
    /// </summary>
    public static bool TryRead(
        EntityDescription entity, ReadOnlySpan<byte> payload, out EventReading reading, out StateProblem problem)
    {
        ArgumentNullException.ThrowIfNull(entity);
        reading = default;
        if (!entity.IsEvent)
        {
            var name = entity.Rules.Platform.NameWithArticle;
            return Wrong(entity.Key, $"{name} has no events; publish on .state.{entity.Key}", out problem);
        }

        if (payload.IsEmpty || payload.Length > MaxBytes || !Utf8.IsValid(payload))
        {
            var expected = $"expected the event's type, or an object with event_type, in 1 to {MaxBytes} bytes of UTF-8";
            return Wrong(entity.Key, expected, out problem);
        }

        using var document = StrictJson.ParseLeniently(payload, MaxBytes, out var error);
        if (document is null)
        {
            // No JSON is bare text; JSON that is broken, or not valid in every parser, is wrong.
            return LenientJson.IsStructure(payload) || JsonCheck.IsWellFormed(payload)
                ? Wrong(entity.Key, error!.Message, out problem)
                : TryAccept(entity, Encoding.UTF8.GetString(JsonBytes.Trim(payload)), default, out reading, out problem);
        }

        var root = document.RootElement;
        var type = root.ValueKind switch
        {
            JsonValueKind.String => root.GetString(),
            JsonValueKind.Number => root.GetRawText(),
            JsonValueKind.Object => JsonFields.Text(root, EventType),
            _ => null,
        };
        return type is null
            ? Wrong($"{entity.Key}.{EventType}", "expected the event's type, or an object with event_type", out problem)
            : TryAccept(entity, type, root, out reading, out problem);
    }

    private static bool TryAccept(
        EntityDescription entity, string type, JsonElement root, out EventReading reading, out StateProblem problem)
    {
        reading = default;
        var types = entity.Rules.Options(((EventPlatform)entity.Rules.Platform).EventTypes) ?? new OptionSet([]);
        if (!types.Contains(type))
        {
            return Wrong($"{entity.Key}.{EventType}",
                $"expected {types.Describe()}, got {Bounded.Text(Redactor.Text(type), 40)}{DidYouMean.Hint(type, types.Words)}", out problem);
        }

        var attributes = Attributes(root);
        if (attributes.Length > MaxAttributeBytes)
        {
            return Wrong(entity.Key, $"the attributes have more than {MaxAttributeBytes} bytes", out problem);
        }

        problem = default;
        reading = new EventReading(type, attributes);
        return true;
    }

    private static byte[] Attributes(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            return "{}"u8.ToArray();
        }

        var output = new ArrayBufferWriter<byte>(64);
        using (var writer = JsonOutput.Writer(output))
        {
            writer.WriteStartObject();
            foreach (var property in root.EnumerateObject())
            {
                if (!property.NameEquals(EventType))
                {
                    property.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    private static bool Wrong(string path, string message, out StateProblem problem)
    {
        problem = new StateProblem(path, message);
        return false;
    }
}

/// <summary>A checked event.</summary>
/// <param name="EventType">One of the entity's <c>event_types</c>.</param>
/// <param name="Attributes">A JSON object, UTF-8; <c>{}</c> when there are none.</param>
public readonly record struct EventReading(string EventType, ReadOnlyMemory<byte> Attributes);
