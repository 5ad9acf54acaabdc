using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Platforms;
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
            var instead = entity.HasState ? $"; publish on .state.{entity.Key}" : "";
            return Wrong(entity.Key, $"{name} has no events{instead}", out problem);
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
        var own = entity.Rules.Platform.OwnEventType;
        var type = root.ValueKind switch
        {
            JsonValueKind.String => root.GetString(),
            JsonValueKind.Number => root.GetRawText(),
            JsonValueKind.Object => JsonFields.Text(root, EventType) ?? own,
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
        var types = entity.Rules.Platform.EventTypesOf(entity.Rules)!;
        if (!types.Contains(type))
        {
            return Wrong($"{entity.Key}.{EventType}",
                $"expected {types.Describe()}, got {Bounded.Text(Redactor.Text(type), 40)}{DidYouMean.Hint(type, types.Words)}",
                out problem);
        }

        if (!TryGetAttributes(entity, root, out var attributes, out problem))
        {
            return false;
        }

        if (attributes.Length > MaxAttributeBytes)
        {
            return Wrong(entity.Key, $"the attributes have more than {MaxAttributeBytes} bytes", out problem);
        }

        problem = default;
        reading = new EventReading(type, attributes);
        return true;
    }

    private static bool TryGetAttributes(
        EntityDescription entity, JsonElement root, out byte[] attributes, out StateProblem problem)
    {
        var known = entity.Rules.Platform.EventAttributesOf(entity.Rules);
        var given = root.ValueKind == JsonValueKind.Object;
        attributes = "{}"u8.ToArray();
        problem = default;
        if (known.FirstOrDefault(k => k.Required && !(given && root.TryGetProperty(k.Name, out _))) is { } missing)
        {
            return Wrong($"{entity.Key}.{missing.Name}", $"{missing.Name} is missing", out problem);
        }

        if (!given)
        {
            return true;
        }

        var output = new ArrayBufferWriter<byte>(64);
        using (var writer = JsonOutput.Writer(output))
        {
            writer.WriteStartObject();
            foreach (var property in root.EnumerateObject().Where(p => !p.NameEquals(EventType)))
            {
                if (known.FirstOrDefault(k => property.NameEquals(k.Name)) is not { } rule)
                {
                    property.WriteTo(writer);
                }
                else if (!TryWrite(entity, rule, property.Value, writer, out problem))
                {
                    return false;
                }
            }

            writer.WriteEndObject();
        }

        attributes = output.WrittenSpan.ToArray();
        return true;
    }

    /// <summary>
    /// Writes an attribute that Home Assistant acts on, in normal form; false with the reason when it is wrong.
    /// </summary>
    private static bool TryWrite(
        EntityDescription entity, ParamRule attribute, JsonElement given, Utf8JsonWriter writer, out StateProblem problem)
    {
        problem = default;
        if (given.ValueKind == JsonValueKind.Null && !attribute.Required)
        {
            return true;
        }

        var raw = JsonMarshal.GetRawUtf8Value(given);
        var scratch = new Scratch(raw.Length + 64);
        try
        {
            var reader = new Utf8JsonReader(raw);
            reader.Read();
            var value = RawValue.Read(ref reader, raw, new byte[raw.Length]);
            if (!attribute.Rule.TryWrite(entity.Rules, value, ref scratch))
            {
                var isSecret = SecretNames.Contains(attribute.Name);
                return Wrong(
                    $"{entity.Key}.{attribute.Name}", attribute.Rule.Refusal(entity.Rules, value, isSecret), out problem);
            }

            writer.WritePropertyName(attribute.Name);
            writer.WriteRawValue(scratch.Written, skipInputValidation: true);
            return true;
        }
        finally
        {
            scratch.Dispose();
        }
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
