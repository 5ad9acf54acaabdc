using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// Checks the device triggers of an announcement, <c>{"type", "subtype", "key", "event_type"}</c>: each names an event type of
/// one of the device's event entities. A bad one is left out, or stays as it was before where that still fits.
/// </summary>
internal static class TriggerReader
{
    private const int MaxTriggers = 200;
    private const string ExpectedText = "expected a text of 1 to 255 characters";
    private static readonly string[] Known = ["type", "subtype", "key", "event_type"];

    public static IReadOnlyList<JsonElement> ReadAll(
        JsonElement root, IReadOnlyList<IListedEntity> entities, StoredParts stored, IssueList errors, IssueList warnings)
    {
        if (!root.TryGetProperty("triggers", out var triggers) || triggers.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (triggers.ValueKind != JsonValueKind.Array || triggers.GetArrayLength() > MaxTriggers)
        {
            var before = stored.KeepTriggers(Fits);
            errors.Add(new ContractError(
                "triggers", AnnounceCodes.InvalidValue, $"expected a list of at most {MaxTriggers} triggers")
                { Kept = before.Count > 0 });
            return before;
        }

        var given = triggers.EnumerateArray().ToArray();
        var good = new Dictionary<TriggerName, int>();
        for (var i = 0; i < given.Length; i++)
        {
            if (Fits(given[i]))
            {
                good.TryAdd(TriggerName.Of(given[i]), i);
            }
        }

        var listed = new List<JsonElement>();
        var kept = new HashSet<TriggerName>();
        for (var i = 0; i < given.Length; i++)
        {
            var path = JsonPath.Item("triggers", i);
            var name = TriggerName.Of(given[i]);
            if (good.TryGetValue(name, out var first) && first == i)
            {
                listed.Add(given[i]);
                Warn(given[i], path, warnings);
            }
            else if (Refuse(given[i], entities) is { } refused)
            {
                if (!good.ContainsKey(name) && !kept.Contains(name) && stored.KeepTrigger(name, Fits) is { } before)
                {
                    kept.Add(name);
                    listed.Add(before);
                }

                errors.Add(new ContractError(JsonPath.Member(path, refused.Field), refused.Code, refused.Message)
                {
                    Kept = kept.Contains(name),
                });
            }
            else
            {
                errors.Add(path, AnnounceCodes.DuplicateKey, "a trigger of this type and subtype is there already");
            }
        }

        return listed;

        bool Fits(JsonElement trigger) => Refuse(trigger, entities) is null;
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
        JsonElement trigger, IReadOnlyList<IListedEntity> entities)
    {
        foreach (var name in Known)
        {
            var value = default(JsonElement);
            var given = trigger.ValueKind == JsonValueKind.Object && trigger.TryGetProperty(name, out value)
                && value.ValueKind != JsonValueKind.Null;
            if (!given && name != "subtype")
            {
                return (name, AnnounceCodes.MissingField, $"{name} is missing; {ExpectedText}");
            }

            if (given && (value.ValueKind != JsonValueKind.String || value.GetString()!.Length is 0 or > 255))
            {
                return (name, AnnounceCodes.InvalidValue, ExpectedText);
            }
        }

        var key = JsonFields.Text(trigger, "key")!;
        var entity = entities.FirstOrDefault(e => e.Key == key);
        if (entity is null || !entity.IsEvent)
        {
            var events = entities.Where(e => e.IsEvent).Select(e => e.Key);
            var hint = DidYouMean.Hint(key, events);
            return ("key", AnnounceCodes.InvalidValue, $"there is no event entity {Bounded.Text(key, 64)}{hint}");
        }

        var type = JsonFields.Text(trigger, "event_type")!;
        var types = entity.EventTypes;
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
