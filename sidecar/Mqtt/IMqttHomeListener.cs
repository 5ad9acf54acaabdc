using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Mqtt;

/// <summary>What <see cref="MqttHome"/> wants to be done. Called by the thread that calls the home.</summary>
public interface IMqttHomeListener
{
    /// <summary>
    /// Subscribe to a filter, also when it is subscribed already: the broker's stored messages are wanted again.
    /// </summary>
    void Subscribe(string filter, int qos);

    /// <summary>Nobody listens to a filter any more.</summary>
    void Unsubscribe(string filter);

    /// <summary>A device is new or has changed.</summary>
    /// <param name="device">Its identity.</param>
    /// <param name="fields">Its fields, without type, id and entities.</param>
    /// <param name="entities">Its entities.</param>
    void Describe(
        DeviceId device, JsonObject fields, IReadOnlyList<(string Key, string Platform, JsonObject Fields)> entities);

    /// <summary>A device is gone.</summary>
    void Remove(DeviceId device);

    /// <summary>An entity has a state: a scalar, an object, or null for unknown.</summary>
    void State(DeviceId device, string key, JsonNode? state);

    /// <summary>A message for an entity was taken, whether its state has changed or not: a command may wait for it.</summary>
    void Came(DeviceId device, string key);

    /// <summary>Something has happened.</summary>
    void Event(DeviceId device, string key, string type, JsonObject? attributes);

    /// <summary>An entity has a picture.</summary>
    void Picture(DeviceId device, string key, ReadOnlyMemory<byte> bytes, string contentType);

    /// <summary>A discovery message, or a component of it, is not used. What it described before stays.</summary>
    void Rejected(string topic, IReadOnlyList<ContractError> errors);

    /// <summary>A message on a topic was not used.</summary>
    void Ignored(string topic, string why);

    /// <summary>Call an action later, by the thread that calls the home, and flush afterwards. Disposing cancels.</summary>
    IDisposable Later(TimeSpan delay, Action action);
}
