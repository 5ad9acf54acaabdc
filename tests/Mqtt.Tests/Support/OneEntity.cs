using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HaNatsBridge.Mqtt.Tests.Support;

/// <summary>A home with one component, made from its options.</summary>
internal sealed class OneEntity
{
    private readonly MqttHome _home;

    public OneEntity(string component, string options)
    {
        _home = new MqttHome(new MqttHomeOptions(), Recorder, TimeProvider.System);
        Discover(component, "one", options);
    }

    public Recorder Recorder { get; } = new();

    /// <summary>The paths of the options that are wrong.</summary>
    public IEnumerable<string> WrongPaths => Recorder.Errors.Select(error => error.Error.Path);

    /// <summary>Its fields in the announcement.</summary>
    public JsonObject Fields => Recorder.Devices.Values.Single().Entities.Single().Fields;

    /// <summary>Its state as JSON.</summary>
    public string State => Recorder.States.Values.SingleOrDefault()?.ToJsonString() ?? "null";

    public void Discover(string component, string id, string options)
    {
        _home.Receive($"homeassistant/{component}/{id}/config", Encoding.UTF8.GetBytes(options), isRetained: true);
        _home.Flush();
    }

    public string Send(string topic, string payload, bool isRetained = false)
    {
        _home.Receive(topic, Encoding.UTF8.GetBytes(payload), isRetained);
        _home.Flush();
        return State;
    }

    /// <summary>What a command publishes: topic and payload, with bars between messages.</summary>
    public string Do(string action, string parameters = "{}")
    {
        using var document = JsonDocument.Parse(parameters);
        var plan = _home.Execute(
            Recorder.Devices.Keys.Single(), Recorder.Devices.Values.Single().Entities.Single().Key, action, document.RootElement);
        _home.Flush();
        return string.Join(" | ", plan.Messages.Select(
            message => $"{message.Topic} {Encoding.UTF8.GetString(message.Payload.Span)}"));
    }
}
