using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Mqtt;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>Notes what a <see cref="MqttHome"/> makes of messages, and does nothing.</summary>
internal sealed class InventoryListener : IMqttHomeListener
{
    private readonly Dictionary<DeviceId, (JsonObject Fields, IReadOnlyList<(string Key, string Platform, JsonObject Fields)> Entities)>
        _devices = [];

    private readonly Dictionary<EntityId, JsonNode?> _states = [];
    private readonly Dictionary<string, IReadOnlyList<ContractError>> _rejected = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _ignored = new(StringComparer.Ordinal);
    private Dictionary<string, int> _wanted = new(StringComparer.Ordinal);

    /// <summary>What is to be subscribed to since the last call.</summary>
    public IReadOnlyDictionary<string, int> TakeWanted()
    {
        var taken = _wanted;
        _wanted = new Dictionary<string, int>(StringComparer.Ordinal);
        return taken;
    }

    /// <summary>What was noted.</summary>
    public BrokerInventory ToInventory(string version) => new(
        version,
        [.. _devices.Select(pair => Device(pair.Key, pair.Value.Fields, pair.Value.Entities))
            .OrderBy(device => device.Name, StringComparer.OrdinalIgnoreCase).ThenBy(device => device.Id.ToString(), StringComparer.Ordinal)],
        [
            .. from pair in _rejected
                orderby pair.Key
                from error in pair.Value
                select new InventoryProblem(pair.Key, error.Path, error.Message),
            .. from pair in _ignored orderby pair.Key select new InventoryProblem(pair.Key, "", pair.Value),
        ]);

    public void Subscribe(string filter, int qos) => _wanted[filter] = Math.Max(qos, _wanted.GetValueOrDefault(filter));

    public void Unsubscribe(string filter) => _wanted.Remove(filter);

    public void Describe(
        DeviceId device, JsonObject fields, IReadOnlyList<(string Key, string Platform, JsonObject Fields)> entities) =>
        _devices[device] = (fields, entities);

    public void Remove(DeviceId device) => _devices.Remove(device);

    public void State(DeviceId device, string key, JsonNode? state) => _states[new EntityId(device, key)] = state?.DeepClone();

    public void Came(DeviceId device, string key)
    {
    }

    public void Event(DeviceId device, string key, string type, JsonObject? attributes)
    {
    }

    public void Picture(DeviceId device, string key, ReadOnlyMemory<byte> bytes, string contentType)
    {
    }

    public void Rejected(string topic, IReadOnlyList<ContractError> errors) => _rejected[topic] = [.. errors];

    public void Ignored(string topic, string why) => _ignored[topic] = why;

    public IDisposable Later(TimeSpan delay, Action action) => new Nothing();

    private InventoryDevice Device(
        DeviceId id, JsonObject fields, IReadOnlyList<(string Key, string Platform, JsonObject Fields)> entities)
    {
        var name = TextOf(fields, "name") ?? id.Id;
        return new InventoryDevice(
            id,
            name,
            TextOf(fields, "manufacturer"),
            TextOf(fields, "model") ?? TextOf(fields, "model_id"),
            [.. from entity in entities
                let entityId = MqttNames.EntityIdOf(fields, entity.Platform, entity.Fields)
                orderby entity.Platform, entityId
                select new InventoryEntity(
                    entity.Key, entity.Platform, entityId, entity.Fields.ContainsKey("default_entity_id"),
                    _states.GetValueOrDefault(new EntityId(id, entity.Key)))]);
    }

    private static string? TextOf(JsonObject fields, string name) =>
        fields[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private sealed class Nothing : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
