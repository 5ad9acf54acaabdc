using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>vacuum</c>. Each state is a JSON object.</summary>
internal sealed class VacuumComponent : MqttEntity
{
    private static readonly string[] States = ["cleaning", "docked", "idle", "paused", "returning", "error"];

    private static readonly string[] AllFeatures =
        ["start", "pause", "stop", "return_home", "fan_speed", "status", "send_command", "locate", "clean_spot"];

    private static readonly string[] DefaultFeatures = ["start", "stop", "return_home", "clean_spot"];

    private readonly Dictionary<string, string> _payloads;
    private readonly IReadOnlyList<string> _speeds;
    private readonly CommandTemplate _segmentsCommand;
    private readonly string? _topic;
    private readonly string? _speedTopic;
    private readonly string? _commandTopic;
    private readonly string? _segmentsTopic;

    public VacuumComponent(OptionReader options, EntityServices services)
        : base(options, services, "vacuum", "MQTT State Vacuum")
    {
        _payloads = new(StringComparer.Ordinal)
        {
            ["start"] = options.Text("payload_start", "start"),
            ["pause"] = options.Text("payload_pause", "pause"),
            ["stop"] = options.Text("payload_stop", "stop"),
            ["return_to_base"] = options.Text("payload_return_to_base", "return_to_base"),
            ["clean_spot"] = options.Text("payload_clean_spot", "clean_spot"),
            ["locate"] = options.Text("payload_locate", "locate"),
        };
        _speeds = options.Texts("fan_speed_list") ?? [];
        _topic = options.Publication("command_topic");
        _speedTopic = options.Publication("set_fan_speed_topic");
        _commandTopic = options.Publication("send_command_topic");
        _segmentsTopic = options.Publication("clean_segments_command_topic");
        _segmentsCommand = options.CommandTemplate("clean_segments_command_template");
        if (_segmentsTopic is not null && string.IsNullOrEmpty(UniqueId))
        {
            options.Fail("unique_id", "expected a text, since clean_segments_command_topic needs it", AnnounceCodes.MissingField);
        }

        Describe(options);
        if (options.Publication("state_topic") is not null)
        {
            Listen("state_topic", Take);
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["fan_speed", "fan_speed_list"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        switch (action)
        {
            case "set_fan_speed":
                var speed = parameters.RequiredText("fan_speed");
                Publish(_speedTopic ?? throw Unknown(action), speed);
                return () => OptionReader.TextOf(Value["fan_speed"]) == speed;
            case "send_command":
                Publish(_commandTopic ?? throw Unknown(action), CommandOf(parameters));
                return null;
            case "clean_area":
                var ids = parameters.Find("segment_ids") is { ValueKind: JsonValueKind.Array } list
                    ? list.EnumerateArray().Select(id => (object?)id.ToString()).ToList()
                    : [];
                Publish(_segmentsTopic ?? throw Unknown(action), _segmentsCommand.IsGiven
                    ? _segmentsCommand.Render(ids, Variables)
                    : _segmentsCommand.Render(JsonText.Of(ids), Variables));
                return null;
            default:
                if (!_payloads.TryGetValue(action, out var payload))
                {
                    throw Unknown(action);
                }

                Publish(_topic ?? throw Unknown(action), payload);
                return action switch
                {
                    "start" => () => Value.StateText == "cleaning",
                    "pause" => () => Value.StateText is "paused" or "idle",
                    "stop" => () => Value.StateText is "idle" or "paused" or "docked",
                    "return_to_base" => () => Value.StateText is "returning" or "docked",
                    _ => null,
                };
        }
    }

    private static string CommandOf(JsonElement parameters)
    {
        var command = parameters.RequiredText("command");
        if (parameters.Find("params") is not { ValueKind: JsonValueKind.Object } further)
        {
            return command;
        }

        var message = new OrderedDictionary<string, object?> { ["command"] = command };
        foreach (var member in further.EnumerateObject())
        {
            message[member.Name] = member.Value;
        }

        return JsonText.Of(message);
    }

    private void Describe(OptionReader options)
    {
        var features = options.Has("supported_features") ? options.Texts("supported_features") ?? [] : DefaultFeatures;
        foreach (var feature in features)
        {
            if (!AllFeatures.Contains(feature))
            {
                options.Fail("supported_features", $"expected some of {string.Join(", ", AllFeatures)}, got {feature}");
            }
            else if (feature != "status")
            {
                Feature(feature);
            }
        }

        Feature("state");
        if (features.Contains("fan_speed"))
        {
            DescribeTexts("fan_speed_list", _speeds);
        }
    }

    private void Take(MqttMessage message)
    {
        if (message.Text is null || !JsonPayload.TryParse(message.Text, out var all))
        {
            Ignore(message, "expected a JSON object");
            return;
        }

        if (all.TryGetPropertyValue("state", out var state))
        {
            var text = OptionReader.TextOf(state);
            if (state is null || States.Contains(text))
            {
                SetState(text);
            }
            else
            {
                Ignore(message, $"got the state {state.ToJsonString()}, expected one of {string.Join(", ", States)}");
            }
        }

        if (all["segments"] is JsonObject { Count: > 0 } segments && _segmentsTopic is not null)
        {
            TakeSegments(segments);
        }

        if (all.TryGetPropertyValue("fan_speed", out var speed))
        {
            TakeSpeed(message, speed);
        }
    }

    private void TakeSpeed(in MqttMessage message, JsonNode? speed)
    {
        var text = OptionReader.TextOf(speed);
        if (text is not null && !_speeds.Contains(text))
        {
            Ignore(message, $"got the fan speed {text}, expected one of {string.Join(", ", _speeds)}");
        }

        SetAttribute("fan_speed", text is not null && _speeds.Contains(text) ? text : null);
    }

    /// <summary>The segments belong to the description.</summary>
    private void TakeSegments(JsonObject segments)
    {
        var list = new JsonArray([.. segments.Select(segment => (JsonNode)new JsonObject
        {
            ["id"] = segment.Key, ["name"] = OptionReader.TextOf(segment.Value) ?? segment.Key,
        })]);
        if (!JsonNode.DeepEquals(Description["segments"], list))
        {
            Description["segments"] = list;
            Services.Redescribe();
        }
    }
}
