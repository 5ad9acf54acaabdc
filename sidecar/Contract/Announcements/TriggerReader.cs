using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// Checks the device triggers of an announcement, <c>{"type", "subtype", "key", "event_type"}</c>: each names an event type of
/// one of the device's event entities. A bad one is left out.
/// </summary>
internal static class TriggerReader
{
    private const int MaxTriggers = 200;
    private static readonly string[] Known = ["type", "subtype", "key", "event_type"];

    public static List<JsonElement> ReadAll(
        JsonElement root, IReadOnlyList<AcceptedEntity> entities, IssueList errors, IssueList warnings)
    {
        var accepted = new List<JsonElement>();
        if (!root.TryGetProperty("triggers", out var triggers) || triggers.ValueKind == JsonValueKind.Null)
        {
            return accepted;
        }

        if (triggers.ValueKind != JsonValueKind.Array || triggers.GetArrayLength() > MaxTriggers)
        {
            errors.Add("triggers", AnnounceCodes.InvalidValue, $"expected a list of at most {MaxTriggers} triggers");
            return accepted;
        }

        var seen = new HashSet<(string? Type, string? Subtype)>();
        var index = 0;
        foreach (var trigger in triggers.EnumerateArray())
        {
            var path = JsonPath.Item("triggers", index++);
            if (Refuse(trigger, entities) is { } refused)
            {
                errors.Add(JsonPath.Member(path, refused.Field), refused.Code, refused.Message);
            }
            else if (!seen.Add((JsonFields.Text(trigger, "type"), JsonFields.Text(trigger, "subtype"))))
            {
                errors.Add(path, AnnounceCodes.DuplicateKey, "a trigger of this type and subtype is there already");
            }
            else
            {
                accepted.Add(trigger);
                Warn(trigger, path, warnings);
            }
        }

        return accepted;
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<JsonElement> triggers)
    {
        if (triggers.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("triggers"u8);
        foreach (var trigger in triggers)
        {
            writer.WriteStartObject();
            foreach (var name in Known)
            {
                if (JsonFields.Text(trigger, name) is { } text)
                {
                    writer.WriteString(name, text);
                }
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static (string Field, string Code, string Message)? Refuse(
        JsonElement trigger, IReadOnlyList<AcceptedEntity> entities)
    {
        foreach (var name in Known)
        {
            var value = default(JsonElement);
            var given = trigger.ValueKind == JsonValueKind.Object && trigger.TryGetProperty(name, out value)
                && value.ValueKind != JsonValueKind.Null;
            if (!given && name != "subtype")
            {
                return (name, AnnounceCodes.MissingField, $"{name} is missing");
            }

            if (given && (value.ValueKind != JsonValueKind.String || value.GetString()!.Length is 0 or > 255))
            {
                return (name, AnnounceCodes.InvalidValue, "expected a text of 1 to 255 characters");
            }
        }

        var key = JsonFields.Text(trigger, "key")!;
        var entity = entities.FirstOrDefault(e => e.Key == key);
        if (entity is null || !entity.Platform.IsEvent)
        {
            var events = entities.Where(e => e.Platform.IsEvent).Select(e => e.Key);
            var hint = DidYouMean.Hint(key, events);
            return ("key", AnnounceCodes.InvalidValue, $"there is no event entity {Bounded.Text(key, 64)}{hint}");
        }

        var type = JsonFields.Text(trigger, "event_type")!;
        var types = entity.Draft.Texts("event_types");
        return types.Contains(type)
            ? null
            : ("event_type", AnnounceCodes.InvalidValue,
                $"{key} has no event type {Bounded.Text(type, 64)}{DidYouMean.Hint(type, types)}");
    }

    private static void Warn(JsonElement trigger, string path, IssueList warnings)
    {
        foreach (var property in trigger.EnumerateObject())
        {
            if (!Known.Contains(property.Name))
            {
                warnings.Add(JsonPath.Member(path, property.Name), AnnounceCodes.UnknownField,
                    $"a trigger has no field {Bounded.Text(property.Name, 64)}{DidYouMean.Hint(property.Name, Known)}");
            }
        }
    }
}
