using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>event</c>: each message is a JSON object with the member <c>event_type</c>.</summary>
internal sealed class EventComponent : MqttEntity
{
    private readonly ValueTemplate _template;
    private readonly IReadOnlyList<string> _types;

    public EventComponent(OptionReader options, EntityServices services)
        : base(options, services, "event", "MQTT Event")
    {
        options.RequiredSubscription("state_topic");
        _template = options.ValueTemplate("value_template");
        _types = options.Texts("event_types") ?? [];
        if (!options.Has("event_types"))
        {
            options.Fail("event_types", "expected a list of texts", AnnounceCodes.MissingField);
        }

        DescribeTexts("event_types", _types);
        Copy("device_class");
        Listen("state_topic", Take);
    }

    /// <inheritdoc/>
    public override bool HasState => false;

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["event_type", "event_types"];

    private void Take(MqttMessage message)
    {
        // A stored message is no event: it happened before.
        if (message.IsRetained || !TryRender(_template, message, out var text, keepsPayload: false)
            || text is "" or Rendered.None or "{}")
        {
            return;
        }

        if (!JsonPayload.TryParse(text, out var attributes))
        {
            Ignore(message, $"got {text}, expected a JSON object with event_type");
            return;
        }

        if (!attributes.TryGetPropertyValue("event_type", out var type))
        {
            Ignore(message, "event_type is missing");
            return;
        }

        var name = type is null ? Rendered.None : OptionReader.TextOf(type) ?? type.ToJsonString();
        if (!_types.Contains(name))
        {
            Ignore(message, $"got the event type {name}, expected one of {string.Join(", ", _types)}");
            return;
        }

        attributes.Remove("event_type");
        Services.Fire(name, attributes);
    }
}
