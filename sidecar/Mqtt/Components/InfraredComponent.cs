using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>infrared</c>: an emitter of signals, or a receiver (<c>schema</c>).</summary>
internal sealed class InfraredComponent : MqttEntity
{
    private const string Emitter = "emitter";
    private const string Receiver = "receiver";

    private readonly CommandTemplate _command;
    private readonly ValueTemplate _template;
    private readonly string? _topic;

    public InfraredComponent(OptionReader options, EntityServices services)
        : base(options, services, "infrared", IsReceiver(options) ? "MQTT Infrared receiver" : "MQTT Infrared emitter")
    {
        if (!options.Has("schema"))
        {
            options.Fail("schema", "expected emitter or receiver", AnnounceCodes.MissingField);
        }

        Description["device_class"] = options.Word("schema", Emitter, Receiver);
        _command = options.CommandTemplate("command_template");
        _template = options.ValueTemplate("value_template");
        if (IsReceiver(options))
        {
            options.RequiredSubscription("state_topic");
            Listen("state_topic", Take);
        }
        else
        {
            _topic = options.RequiredPublication("command_topic");
        }
    }

    /// <inheritdoc/>
    public override bool HasState => false;

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (action != "send_command" || _topic is null)
        {
            throw Unknown(action);
        }

        var timings = parameters.Numbers("timings") ?? [];
        var signal = new Dictionary<string, object?>
        {
            ["timings"] = timings.Select(one => (object?)(long)one).ToList(),
            ["modulation"] = parameters.RequiredWhole("modulation"),
            // The integration sends a signal with its repeats in it.
            ["repeat_count"] = 0L,
        };
        Publish(_topic, _command.Render(JsonText.Of(signal), Variables, signal));
        return null;
    }

    private static bool IsReceiver(OptionReader options) => OptionReader.TextOf(options.Node("schema")) == Receiver;

    private static bool IsWhole(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out long _);

    private void Take(MqttMessage message)
    {
        // A stored message is no signal: it came before.
        if (message.IsRetained || !TryRender(_template, message, out var text) || text is "" or Rendered.None or "null" or "\"\"")
        {
            return;
        }

        if (JsonPayload.TryParse(text, out var signal)
            && signal["timings"] is JsonArray { Count: > 0 } timings && timings.All(IsWhole)
            && (signal["modulation"] is null || IsWhole(signal["modulation"])))
        {
            var attributes = new JsonObject { ["timings"] = timings.DeepClone() };
            if (signal["modulation"] is { } modulation)
            {
                attributes["modulation"] = modulation.DeepClone();
            }

            Services.Fire("received", attributes);
        }
        else
        {
            Ignore(message, "expected a JSON object with timings (whole numbers) and modulation (a whole number or null)");
        }
    }
}
