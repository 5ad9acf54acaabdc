using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Mqtt.Tests.Support;

/// <summary>Keeps what a home wants to be done.</summary>
internal sealed class Recorder : IMqttHomeListener
{
    private readonly List<(Action Action, TimeSpan Delay)> _later = [];

    public Dictionary<DeviceId, (JsonObject Fields, IReadOnlyList<(string Key, string Platform, JsonObject Fields)> Entities)>
        Devices { get; } = [];

    public Dictionary<EntityId, JsonNode?> States { get; } = [];

    public List<(EntityId Entity, string Type, JsonObject? Attributes)> Events { get; } = [];

    public List<(string Topic, ContractError Error)> Errors { get; } = [];

    public List<(string Topic, string Why)> Unused { get; } = [];

    public HashSet<string> Filters { get; } = [];

    public Dictionary<EntityId, (byte[] Bytes, string ContentType)> Pictures { get; } = [];

    public void Subscribe(string filter, int qos) => Filters.Add(filter);

    public void Unsubscribe(string filter) => Filters.Remove(filter);

    public void Describe(
        DeviceId device, JsonObject fields, IReadOnlyList<(string Key, string Platform, JsonObject Fields)> entities) =>
        Devices[device] = (fields, entities);

    public void Remove(DeviceId device) => Devices.Remove(device);

    public void State(DeviceId device, string key, JsonNode? state) => States[new EntityId(device, key)] = state?.DeepClone();

    public void Came(DeviceId device, string key)
    {
    }

    public void Event(DeviceId device, string key, string type, JsonObject? attributes) =>
        Events.Add((new EntityId(device, key), type, attributes));

    public void Picture(DeviceId device, string key, ReadOnlyMemory<byte> bytes, string contentType) =>
        Pictures[new EntityId(device, key)] = (bytes.ToArray(), contentType);

    public void Rejected(string topic, IReadOnlyList<ContractError> errors) =>
        Errors.AddRange(errors.Select(error => (topic, error)));

    public void Ignored(string topic, string why) => Unused.Add((topic, why));

    public IDisposable Later(TimeSpan delay, Action action)
    {
        _later.Add((action, delay));
        return new Cancellation(() => _later.RemoveAll(one => one.Action == action));
    }

    /// <summary>The announcement of a device, as it goes over NATS.</summary>
    public JsonObject Announcement(DeviceId device)
    {
        var (fields, entities) = Devices[device];
        var all = fields.DeepClone().AsObject();
        (all["schema"], all["type"], all["id"]) = (1, device.Type, device.Id);
        all["entities"] = new JsonArray([.. entities.Select(entity =>
        {
            var one = entity.Fields.DeepClone().AsObject();
            (one["key"], one["platform"]) = (entity.Key, entity.Platform);
            return (JsonNode)one;
        })]);
        return all;
    }

    private sealed class Cancellation(Action cancel) : IDisposable
    {
        public void Dispose() => cancel();
    }
}
