using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;

namespace HaNatsBridge.Mqtt.Discovery;

/// <summary>
/// Reads discovery messages as Home Assistant does: abbreviations, <c>~</c>, shared options, many components at once.
/// </summary>
internal static class DiscoveryMessage
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32 };

    /// <summary>Options of a device's message that its components inherit.</summary>
    private static readonly string[] Shared =
    [
        "availability", "availability_mode", "availability_template", "availability_topic", "command_topic", "encoding",
        "message_expiry_interval", "payload_available", "payload_not_available", "state_topic", "qos",
    ];

    /// <summary>The components of a message; with errors there are none.</summary>
    /// <param name="topic">The topic, parsed.</param>
    /// <param name="text">The topic as it is.</param>
    /// <param name="payload">The message; empty: it removes.</param>
    /// <param name="known">The components that are known from a topic, by component and id.</param>
    /// <param name="errors">Gets what is wrong.</param>
    public static IReadOnlyList<DiscoveredComponent> Read(
        DiscoveryTopic topic,
        string text,
        ReadOnlyMemory<byte> payload,
        Func<string, IEnumerable<(string Component, string Id)>> known,
        ICollection<ContractError> errors)
    {
        if (payload.IsEmpty)
        {
            return [.. known(text).Select(one => new DiscoveredComponent(one.Component, one.Id, text, null))];
        }

        if (!TryParse(payload, out var message))
        {
            errors.Add(new ContractError(
                "", AnnounceCodes.InvalidJson, "expected an empty message or a JSON object of at most 32 levels"));
            return [];
        }

        if (message["migrate_discovery"] is not null || message["migr_discvry"] is not null)
        {
            return [.. known(text).Select(one => new DiscoveredComponent(one.Component, one.Id, text, null) { IsMoving = true })];
        }

        Expand(message);
        if (topic.Component != DiscoveryTopic.Device)
        {
            ReplaceBase(message);
            return [new DiscoveredComponent(topic.Component, IdOf(topic), text, message)];
        }

        return ReadDevice(topic, text, message, errors);
    }

    private static string IdOf(DiscoveryTopic topic) => topic.Node is null ? topic.Object : $"{topic.Node} {topic.Object}";

    private static List<DiscoveredComponent> ReadDevice(
        DiscoveryTopic topic, string text, JsonObject message, ICollection<ContractError> errors)
    {
        var found = new List<DiscoveredComponent>();
        if (message["device"] is not JsonObject device)
        {
            errors.Add(new ContractError("device", AnnounceCodes.MissingField, "expected an object"));
            return found;
        }

        if (message["components"] is not JsonObject && message["child_devices"] is not JsonArray)
        {
            errors.Add(new ContractError(
                "components", AnnounceCodes.MissingField, "expected an object with a member a component"));
            return found;
        }

        AddComponents(message["components"], device, "components");
        var number = 0;
        foreach (var child in message["child_devices"] as JsonArray ?? [])
        {
            var path = $"child_devices[{number++}]";
            if (child is not JsonObject described)
            {
                errors.Add(new ContractError(path, AnnounceCodes.InvalidValue, "expected an object"));
                continue;
            }

            var own = device.DeepClone().AsObject();
            own["child_device"] = new JsonObject
            {
                ["identifiers"] = described["identifiers"]?.DeepClone(), ["name"] = described["name"]?.DeepClone(),
            };
            AddComponents(described["components"], own, $"{path}.components");
        }

        return found;

        void AddComponents(JsonNode? components, JsonObject owner, string path)
        {
            foreach (var (id, node) in components as JsonObject ?? [])
            {
                if (node is not JsonObject described || described["platform"] is not JsonValue platform
                    || !platform.TryGetValue(out string? component))
                {
                    errors.Add(new ContractError(
                        $"{path}.{id}.platform", AnnounceCodes.MissingField, "expected the component's name"));
                    continue;
                }

                var options = described.DeepClone().AsObject();
                options.Remove("platform");
                var full = topic.Node is null ? $"{topic.Object} {id}" : $"{topic.Object} {topic.Node} {id}";
                if (options.Count == 0)
                {
                    found.Add(new DiscoveredComponent(component, full, text, null));
                    continue;
                }

                options["device"] = owner.DeepClone();
                options["origin"] = message["origin"]?.DeepClone();
                foreach (var name in Shared.Where(name => message.ContainsKey(name) && !options.ContainsKey(name)))
                {
                    options[name] = message[name]?.DeepClone();
                }

                ReplaceBase(options);
                found.Add(new DiscoveredComponent(component, full, text, options));
            }
        }
    }

    private static bool TryParse(ReadOnlyMemory<byte> payload, out JsonObject message)
    {
        try
        {
            using var document = JsonDocument.Parse(payload, Strict);
            message = JsonPayload.Copy(document.RootElement) as JsonObject ?? [];
            return message.Count > 0;
        }
        catch (JsonException)
        {
            message = [];
            return false;
        }
    }

    private static void Expand(JsonObject message)
    {
        ExpandComponent(message);
        Rename(message["origin"], Abbreviations.Origin);
        Rename(message["device"], Abbreviations.Device);
        Rename((message["device"] as JsonObject)?["child_device"], Abbreviations.Device);
        foreach (var child in message["child_devices"] as JsonArray ?? [])
        {
            Rename(child, Abbreviations.Device);
            Rename(child, Abbreviations.Options);
            ExpandComponents(child as JsonObject);
        }

        ExpandComponents(message);
    }

    private static void ExpandComponents(JsonObject? owner)
    {
        foreach (var (_, component) in (owner?["components"] as JsonObject ?? []).ToList())
        {
            if (component is JsonObject options)
            {
                ExpandComponent(options);
            }
        }
    }

    private static void ExpandComponent(JsonObject options)
    {
        Rename(options, Abbreviations.Options);
        foreach (var one in AvailabilityOf(options))
        {
            Rename(one, Abbreviations.Options);
        }
    }

    private static IEnumerable<JsonNode?> AvailabilityOf(JsonObject options) => options["availability"] switch
    {
        JsonArray list => list,
        JsonObject one => new JsonNode?[] { one },
        _ => [],
    };

    private static void Rename(JsonNode? node, FrozenDictionary<string, string> names)
    {
        if (node is not JsonObject options)
        {
            return;
        }

        foreach (var (name, value) in options.ToList())
        {
            if (names.TryGetValue(name, out var full))
            {
                options.Remove(name);
                options[full] = value;
            }
        }
    }

    private static void ReplaceBase(JsonObject options)
    {
        if (options["~"] is not JsonValue value || !value.TryGetValue(out string? root))
        {
            return;
        }

        options.Remove("~");
        foreach (var (name, node) in options.ToList())
        {
            if (name.EndsWith("topic", StringComparison.Ordinal)
                && node is JsonValue topic && topic.TryGetValue(out string? text))
            {
                options[name] = Replace(text, root);
            }
        }

        foreach (var one in AvailabilityOf(options))
        {
            if (one is JsonObject availability && availability["topic"] is JsonValue topic && topic.TryGetValue(out string? text))
            {
                availability["topic"] = Replace(text, root);
            }
        }
    }

    private static string Replace(string topic, string root)
    {
        var start = topic.StartsWith('~') ? root + topic[1..] : topic;
        return topic.Length > 1 && start.EndsWith('~') ? start[..^1] + root : start;
    }
}
