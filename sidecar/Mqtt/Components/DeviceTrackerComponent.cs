using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>device_tracker</c>: at home, away, in a zone by its name, or at a position among the attributes.</summary>
internal sealed class DeviceTrackerComponent : MqttEntity
{
    private static readonly string[] SourceTypes = ["gps", "router", "bluetooth", "bluetooth_le"];
    private static readonly string[] Position = ["latitude", "longitude", "gps_accuracy"];

    private readonly ValueTemplate _template;
    private readonly string _home;
    private readonly string _notHome;
    private readonly string _reset;

    public DeviceTrackerComponent(OptionReader options, EntityServices services)
        : base(options, services, "device_tracker", null)
    {
        _template = options.ValueTemplate("value_template");
        _home = options.Text("payload_home", "home");
        _notHome = options.Text("payload_not_home", "not_home");
        _reset = options.Text("payload_reset", Rendered.None);
        Description["source_type"] = options.Word("source_type", SourceTypes);
        if (!options.Has("state_topic") && !options.Has("json_attributes_topic"))
        {
            options.Fail("state_topic", "expected state_topic or json_attributes_topic", AnnounceCodes.MissingField);
        }

        Listen("state_topic", Take);
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["in_zones"];

    /// <inheritdoc/>
    protected override void TakeAttributes(JsonObject attributes)
    {
        if (attributes.ContainsKey("latitude") || attributes.ContainsKey("longitude"))
        {
            var isWhole = IsNumber(attributes["latitude"]) && IsNumber(attributes["longitude"]);
            Value["latitude"] = isWhole ? attributes["latitude"]!.DeepClone() : null;
            Value["longitude"] = isWhole ? attributes["longitude"]!.DeepClone() : null;
            var accuracy = IsNumber(attributes["gps_accuracy"]) ? attributes["gps_accuracy"]!.DeepClone() : 0;
            Value["gps_accuracy"] = isWhole ? accuracy : null;
        }

        foreach (var name in Position)
        {
            attributes.Remove(name);
        }

        base.TakeAttributes(attributes);
    }

    private static bool IsNumber(JsonNode? node) => node?.GetValueKind() == JsonValueKind.Number;

    /// <summary>The entity id of a zone with this name, unless a person has chosen another one.</summary>
    private static string ZoneOf(string name) => $"zone.{Slug.Of(name)}";

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        Value["in_zones"] = null;
        if (text == _home)
        {
            SetState("home");
        }
        else if (text == _notHome)
        {
            SetState("not_home");
        }
        else if (text == _reset)
        {
            SetState(null);
        }
        else
        {
            // Home Assistant takes the payload here, not what the template made of it.
            var zone = ZoneOf(message.Text ?? text);
            SetState("not_home");
            Value["in_zones"] = zone.Length > "zone.".Length ? new JsonArray(zone) : null;
        }
    }
}
