using System.Text.Json.Nodes;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Home;

namespace HaNatsBridge.Mqtt.Devices;

/// <summary>Writes what a device announces in the home.</summary>
internal static class Announcement
{
    private static readonly string[] Copied =
    [
        "manufacturer", "model", "model_id", "hw_version", "sw_version", "serial_number", "suggested_area", "configuration_url",
    ];

    /// <summary>The fields of the device, without type, id and entities.</summary>
    public static JsonObject FieldsOf(ForeignDevice device, DeviceBook book)
    {
        var fields = new JsonObject();
        var options = device.Options;
        var child = options?["child_device"] as JsonObject;
        fields["name"] = OptionReader.TextOf((child ?? options)?["name"]) ?? device.OwnName ?? device.Id.Id;
        if (child is not null)
        {
            if (ParentOf(options!, book) is { } parent)
            {
                fields["parent_device"] = parent.Id.ToString();
            }
        }
        else if (options is not null)
        {
            AddOptions(fields, options, book);
        }

        if (device.Parts.OfType<TriggerPart>().Select(trigger => (JsonNode)trigger.ToJson()).ToArray()
            is { Length: > 0 } triggers)
        {
            fields["triggers"] = new JsonArray(triggers);
        }

        return fields;
    }

    /// <summary>The entities of the device: key, platform and fields.</summary>
    public static IReadOnlyList<(string Key, string Platform, JsonObject Fields)> EntitiesOf(ForeignDevice device)
    {
        var entities = new List<(string Key, string Platform, JsonObject Fields)>();
        foreach (var part in device.Parts.OfType<EntityPart>())
        {
            var fields = part.Entity.Description.DeepClone().AsObject();
            if (device.OwnName is not null)
            {
                // The device is there for this entity alone, and has its name.
                fields["name"] = null;
            }

            entities.Add((part.Key, part.Entity.Platform, fields));
        }

        if (device.Parts.OfType<TriggerPart>().ToList() is { Count: > 0 } triggers)
        {
            entities.Add((TriggerPart.Key, "event", TriggerPart.DescriptionOf(triggers)));
        }

        foreach (var tag in device.Parts.OfType<TagPart>())
        {
            entities.Add((tag.Key, "event", TagPart.Description()));
        }

        return entities;
    }

    private static void AddOptions(JsonObject fields, JsonObject options, DeviceBook book)
    {
        foreach (var name in Copied)
        {
            if (OptionReader.TextOf(options[name]) is { } text)
            {
                fields[name] = text;
            }
        }

        if (options["connections"] is JsonArray { Count: > 0 } connections)
        {
            fields["connections"] = connections.DeepClone();
        }

        if (OptionReader.TextOf(options["via_device"]) is { } gateway && book.Find(gateway) is { } found)
        {
            fields["via_device"] = found.Id.ToString();
        }
    }

    private static ForeignDevice? ParentOf(JsonObject options, DeviceBook book) =>
        (options["identifiers"] is JsonArray list ? [.. list] : new[] { options["identifiers"] })
            .Select(OptionReader.TextOf)
            .Select(identifier => identifier is null ? null : book.Find(identifier))
            .FirstOrDefault(device => device is not null);
}
