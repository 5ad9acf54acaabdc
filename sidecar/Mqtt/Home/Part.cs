using System.Text.Json.Nodes;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Devices;
using HaNatsBridge.Mqtt.Discovery;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Home;

/// <summary>What one component has become in a device.</summary>
/// <param name="component">The component as discovery described it.</param>
/// <param name="device">The device that it belongs to.</param>
internal abstract class Part(DiscoveredComponent component, ForeignDevice device)
{
    /// <summary>The component as discovery described it.</summary>
    public DiscoveredComponent Component => component;

    /// <summary>The device that it belongs to.</summary>
    public ForeignDevice Device => device;

    /// <summary>Whether its topic has given it up to another topic.</summary>
    public bool IsMoving { get; set; }

    /// <summary>The topics that it listens to.</summary>
    public abstract IReadOnlyList<TopicInput> Inputs { get; }
}

/// <summary>An entity.</summary>
internal sealed class EntityPart(DiscoveredComponent component, ForeignDevice device, string key, MqttEntity entity)
    : Part(component, device)
{
    /// <summary>The entity's key in its device.</summary>
    public string Key => key;

    /// <summary>The entity.</summary>
    public MqttEntity Entity => entity;

    /// <summary>The state that was published last, as JSON; null: none.</summary>
    public string? Published { get; set; }

    /// <summary>Whether a message has come since that is a state of its own.</summary>
    public bool HasCome { get; set; }

    /// <inheritdoc/>
    public override IReadOnlyList<TopicInput> Inputs => entity.Inputs;
}

/// <summary>A device trigger (<c>device_automation</c>). All triggers of a device share one event entity.</summary>
internal sealed class TriggerPart : Part
{
    /// <summary>The key of the event entity that the triggers of a device share.</summary>
    public const string Key = "triggers";

    private readonly List<TopicInput> _inputs = [];
    private readonly string _type;
    private readonly string _subtype;

    public TriggerPart(
        DiscoveredComponent component, ForeignDevice device, OptionReader options, Action<TriggerPart, string> fire)
        : base(component, device)
    {
        if (options.RequiredText("automation_type") is { } kind and not "trigger" and not "")
        {
            options.Fail("automation_type", $"expected trigger, got {kind}");
        }

        var topic = options.RequiredSubscription("topic");
        _type = options.RequiredText("type");
        _subtype = options.RequiredText("subtype");
        var payload = options.NullableText("payload");
        var template = options.Node("value_template") is null ? new ValueTemplate(null) : options.ValueTemplate("value_template");
        var variables = new EntityVariables("", null, () => (null, new Dictionary<string, object?>()));
        _inputs.Add(new TopicInput(topic, options.Whole("qos", 2) ?? 0, options.Encoding("encoding"), message =>
        {
            // Without a payload to wait for each message fires, whatever the template makes of it.
            if (payload is null
                || template.Render(message, variables, keepsPayload: false) is { IsUsable: true, Text.Length: > 0 } seen
                && seen.Text == payload)
            {
                fire(this, message.Text ?? "");
            }
        }));
    }

    /// <summary>The type of the event that fires it.</summary>
    public string EventType => $"{_type} {_subtype}";

    /// <inheritdoc/>
    public override IReadOnlyList<TopicInput> Inputs => _inputs;

    /// <summary>The trigger in the device's announcement.</summary>
    public JsonObject ToJson() => new()
    {
        ["type"] = _type, ["subtype"] = _subtype, ["key"] = Key, ["event_type"] = EventType,
    };

    /// <summary>The shared event entity. It is off by default: people use the triggers.</summary>
    public static JsonObject DescriptionOf(IEnumerable<TriggerPart> triggers) => new()
    {
        ["name"] = "Triggers",
        ["event_types"] =
            new JsonArray([.. triggers.Select(trigger => trigger.EventType).Distinct().Select(type => (JsonNode)type)]),
        ["entity_category"] = "diagnostic",
        ["enabled_by_default"] = false,
    };
}

/// <summary>A reader of tags (<c>tag</c>).</summary>
internal sealed class TagPart : Part
{
    private readonly List<TopicInput> _inputs = [];

    public TagPart(
        DiscoveredComponent component, ForeignDevice device, string key, OptionReader options, Action<TagPart, string> scan)
        : base(component, device)
    {
        Key = key;
        var topic = options.RequiredSubscription("topic");
        var template = options.ValueTemplate("value_template");
        var variables = new EntityVariables("", null, () => (null, new Dictionary<string, object?>()));
        _inputs.Add(new TopicInput(topic, options.Whole("qos", 2) ?? 0, options.Encoding("encoding"), message =>
        {
            var rendered = template.Render(message, variables, keepsPayload: false);
            if (rendered.IsUsable && rendered.Text.Trim() is { Length: > 0 } tag)
            {
                scan(this, tag);
            }
        }));
    }

    /// <summary>The key of its event entity.</summary>
    public string Key { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<TopicInput> Inputs => _inputs;

    /// <summary>The event entity of a reader.</summary>
    public static JsonObject Description() => new()
    {
        ["name"] = "Tag reader", ["event_types"] = new JsonArray("scanned"), ["tag_reader"] = true,
        ["enabled_by_default"] = false,
        ["entity_category"] = "diagnostic",
    };
}
