using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Host.MqttBridge;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>What a broker has stored, for people and for scripts.</summary>
internal static class InventoryText
{
    private const int LongestState = 24;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Devices with their entities, what is not used, and the sums.</summary>
    public static IEnumerable<string> Of(BrokerAddress broker, BrokerInventory found)
    {
        yield return $"MQTT broker {Clean(broker.Name)} (MQTT {found.Version}), discovery messages below {broker.Prefix}/";
        var entities = found.Devices.SelectMany(device => device.Entities).ToList();
        var platform = entities.Select(entity => entity.Platform.Length).DefaultIfEmpty().Max();
        var id = entities.Select(entity => NameOf(entity).Length).DefaultIfEmpty().Max();
        foreach (var device in found.Devices)
        {
            yield return "";
            yield return Clean(string.Join("  ", new[] { device.Name, device.Manufacturer, device.Model }.OfType<string>()));
            foreach (var entity in device.Entities)
            {
                yield return $"  {entity.Platform.PadRight(platform)}  {NameOf(entity).PadRight(id)}  {StateOf(entity)}".TrimEnd();
            }
        }

        if (entities.Any(entity => !entity.IsDeclared))
        {
            yield return "";
            yield return "* The device names no entity id: Home Assistant makes it of area, device and entity, in its own language.";
        }

        if (found.Problems.Count > 0)
        {
            yield return "";
            yield return "Not used:";
            foreach (var problem in found.Problems)
            {
                yield return $"  {Clean(problem.Topic)}";
                yield return $"    {Clean(problem.Path.Length > 0 ? $"{problem.Path}: {problem.Reason}" : problem.Reason)}";
            }
        }

        yield return "";
        yield return $"{Count(found.Devices.Count, "device")}, {Count(entities.Count, "entity", "entities")} "
            + $"({entities.Count(entity => entity.State is not null)} with a stored state), "
            + $"{found.Problems.Count} not used";
    }

    /// <summary>The same as JSON.</summary>
    public static string ToJson(BrokerAddress broker, BrokerInventory found) => new JsonObject
    {
        ["broker"] = broker.Name,
        ["mqtt_version"] = found.Version,
        ["prefix"] = broker.Prefix,
        ["devices"] = new JsonArray([.. found.Devices.Select(device => new JsonObject
        {
            ["id"] = device.Id.ToString(),
            ["name"] = device.Name,
            ["manufacturer"] = device.Manufacturer,
            ["model"] = device.Model,
            ["entities"] = new JsonArray([.. device.Entities.Select(entity => new JsonObject
            {
                ["key"] = entity.Key,
                ["platform"] = entity.Platform,
                ["entity_id"] = entity.EntityId,
                ["entity_id_is_declared"] = entity.IsDeclared,
                ["state"] = entity.State?.DeepClone(),
            })]),
        })]),
        ["not_used"] = new JsonArray([.. found.Problems.Select(problem => new JsonObject
        {
            ["topic"] = problem.Topic, ["path"] = problem.Path, ["reason"] = problem.Reason,
        })]),
        ["sums"] = new JsonObject
        {
            ["devices"] = found.Devices.Count,
            ["entities"] = found.Devices.Sum(device => device.Entities.Count),
            ["not_used"] = found.Problems.Count,
        },
    }.ToJsonString(Indented);

    private static string NameOf(InventoryEntity entity) => Clean(entity.IsDeclared ? entity.EntityId : entity.EntityId + " *");

    private static string StateOf(InventoryEntity entity)
    {
        var text = Clean((entity.State is JsonObject whole ? whole["state"] : entity.State)?.ToString() ?? "");
        return text.Length > LongestState ? $"{text[..LongestState]}…" : text;
    }

    private static string Count(int count, string one, string? many = null) => $"{count} {(count == 1 ? one : many ?? one + "s")}";

    /// <summary>Texts of devices must not control the terminal.</summary>
    private static string Clean(string text) => string.Concat(text.Select(one => char.IsControl(one) ? ' ' : one));
}
