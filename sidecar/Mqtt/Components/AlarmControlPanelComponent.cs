using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary>
/// <c>alarm_control_panel</c>. A code that the description names is compared here; it never leaves the sidecar.
/// </summary>
internal sealed class AlarmControlPanelComponent : MqttEntity
{
    private const string NumericRemote = "REMOTE_CODE";
    private const string TextRemote = "REMOTE_CODE_TEXT";

    private static readonly string[] AllFeatures =
        ["arm_home", "arm_away", "arm_night", "arm_vacation", "arm_custom_bypass", "trigger"];

    private static readonly string[] States =
    [
        "disarmed", "armed_home", "armed_away", "armed_night", "armed_vacation", "armed_custom_bypass", "pending", "arming",
        "disarming", "triggered",
    ];

    private readonly Dictionary<string, Command> _commands;
    private readonly ValueTemplate _template;
    private readonly CommandTemplate? _command;
    private readonly string _topic;
    private readonly string? _code;

    public AlarmControlPanelComponent(OptionReader options, EntityServices services)
        : base(options, services, "alarm_control_panel", "MQTT Alarm")
    {
        _topic = options.RequiredPublication("command_topic");
        options.RequiredSubscription("state_topic");
        _template = options.ValueTemplate("value_template");
        _command = options.Has("command_template") ? options.CommandTemplate("command_template") : null;
        _code = options.Text("code");
        var armRequired = options.Flag("code_arm_required", true);
        var disarmRequired = options.Flag("code_disarm_required", true);
        var triggerRequired = options.Flag("code_trigger_required", true);
        _commands = new(StringComparer.Ordinal)
        {
            ["alarm_disarm"] = new(options.Text("payload_disarm", "DISARM"), "disarmed", disarmRequired),
            ["alarm_arm_home"] = new(options.Text("payload_arm_home", "ARM_HOME"), "armed_home", armRequired),
            ["alarm_arm_away"] = new(options.Text("payload_arm_away", "ARM_AWAY"), "armed_away", armRequired),
            ["alarm_arm_night"] = new(options.Text("payload_arm_night", "ARM_NIGHT"), "armed_night", armRequired),
            ["alarm_arm_vacation"] = new(options.Text("payload_arm_vacation", "ARM_VACATION"), "armed_vacation", armRequired),
            ["alarm_arm_custom_bypass"] =
                new(options.Text("payload_arm_custom_bypass", "ARM_CUSTOM_BYPASS"), "armed_custom_bypass", armRequired),
            ["alarm_trigger"] = new(options.Text("payload_trigger", "TRIGGER"), "triggered", triggerRequired),
        };
        DescribeFeatures(options);
        if (_code is not null)
        {
            var isNumber = _code == NumericRemote || (_code.Length > 0 && _code.All(char.IsDigit));
            Description["code_format"] = isNumber ? "number" : "text";
        }

        Description["code_arm_required"] = armRequired;
        Listen("state_topic", Take);
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["changed_by", "code_arm_required", "code_format"];

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        if (!_commands.TryGetValue(action, out var command))
        {
            throw Unknown(action);
        }

        var code = parameters.Text("code");
        if (command.NeedsCode && !IsRight(code))
        {
            throw new CommandRefusedException(CommandCodes.InvalidParameter, "The code is wrong.");
        }

        if (_command is null)
        {
            Publish(_topic, command.Payload);
        }
        else
        {
            Publish(_topic, _command.Render(
                null, Variables, new Dictionary<string, object?> { ["action"] = command.Payload, ["code"] = code }));
        }

        return () => Value.StateText == command.State
            || (Value.StateText is { } state && command.State[0] switch
            {
                'd' => state == "disarming",
                'a' => state is "arming" or "pending",
                _ => state == "pending",
            });
    }

    private bool IsRight(string? code) =>
        _code is null || code == _code || (_code is NumericRemote or TextRemote && !string.IsNullOrEmpty(code));

    private void DescribeFeatures(OptionReader options)
    {
        var features = options.Has("supported_features") ? options.Texts("supported_features") ?? [] : AllFeatures;
        foreach (var feature in features)
        {
            if (AllFeatures.Contains(feature))
            {
                Feature(feature);
            }
            else
            {
                options.Fail("supported_features", $"expected some of {string.Join(", ", AllFeatures)}, got {feature}");
            }
        }

        FeaturesAreComplete();
    }

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        if (text == Rendered.None)
        {
            SetState(null);
        }
        else if (States.Contains(text))
        {
            SetState(text);
        }
        else
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", States)}");
        }
    }

    private sealed record Command(string Payload, string State, bool NeedsCode);
}
