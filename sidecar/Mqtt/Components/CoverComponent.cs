using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary>
/// <c>cover</c>. Its positions may run in any direction over any range; in the home 0 is closed and 100 is open.
/// </summary>
internal sealed class CoverComponent : MqttEntity
{
    private const int Open = 100;

    private readonly CoverPayloads _payloads;
    private readonly CoverTilt _tilt;
    private readonly ValueTemplate _stateTemplate;
    private readonly ValueTemplate _positionTemplate;
    private readonly CommandTemplate _positionCommand;
    private readonly string? _commandTopic;
    private readonly string? _positionTopic;
    private readonly bool _hasState;
    private readonly bool _hasPosition;
    private readonly int _closedValue;
    private readonly int _openValue;

    public CoverComponent(OptionReader options, EntityServices services)
        : base(options, services, "cover", "MQTT Cover")
    {
        _payloads = new CoverPayloads(options);
        (_closedValue, _openValue) = (options.Integer("position_closed", 0), options.Integer("position_open", Open));
        var constants = new Dictionary<string, object?>
        {
            ["position_open"] = _openValue,
            ["position_closed"] = _closedValue,
            ["tilt_min"] = options.Integer("tilt_min", 0),
            ["tilt_max"] = options.Integer("tilt_max", Open),
        };
        _tilt = new CoverTilt(options, constants);
        _commandTopic = options.Publication("command_topic");
        _positionTopic = options.Publication("set_position_topic");
        _stateTemplate = options.ValueTemplate("value_template");
        _positionTemplate = options.ValueTemplate("position_template", constants);
        _positionCommand = options.CommandTemplate("set_position_template");
        _hasPosition = Listen("position_topic", TakePosition);
        _hasState = Listen("state_topic", TakeState);
        var hasTilt = Listen("tilt_status_topic", TakeTilt);
        _tilt.IsAssumed = options.Flag("tilt_optimistic") || !hasTilt;
        AssumeStates(_hasPosition || _hasState || hasTilt);
        Check(options);
        Copy("device_class");
        Feature("open", _commandTopic is not null && _payloads.Open is not null);
        Feature("close", _commandTopic is not null && _payloads.Close is not null);
        Feature("stop", _commandTopic is not null && _payloads.Stop is not null);
        Feature("set_position", _positionTopic is not null);
        foreach (var feature in (string[])["open_tilt", "close_tilt", "stop_tilt", "set_tilt_position"])
        {
            Feature(feature, _tilt.Topic is not null);
        }

        FeaturesAreComplete();
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["current_position", "current_tilt_position", "is_closed"];

    private int? Position => Value["current_position"]?.GetValue<int>();

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        switch (action)
        {
            case "open_cover":
                Order(action, _payloads.Open);
                AssumeEnd("open", Open);
                return () => Value.StateText is "open" or "opening";
            case "close_cover":
                Order(action, _payloads.Close);
                AssumeEnd("closed", 0);
                return () => Value.StateText is "closed" or "closing";
            case "stop_cover":
                Order(action, _payloads.Stop);
                return () => Value.StateText is "open" or "closed";
            case "set_cover_position":
                SetPosition((int)parameters.RequiredWhole("position"), action);
                return null;
            case "open_cover_tilt":
                SetTilt(_tilt.OpenValue, _tilt.OpenValue, _tilt.OpenPercentage, action);
                return null;
            case "close_cover_tilt":
                SetTilt(_tilt.ClosedValue, _tilt.ClosedValue, _tilt.ClosedPercentage, action);
                return null;
            case "set_cover_tilt_position":
                var tilt = (int)parameters.RequiredWhole("tilt_position");
                SetTilt(_tilt.ValueOf(tilt), tilt, tilt, action);
                return null;
            case "stop_cover_tilt":
                Publish(_tilt.Topic ?? throw Unknown(action), _payloads.StopTilt ?? throw Unknown(action));
                return null;
            default:
                throw Unknown(action);
        }
    }

    private static void Check(OptionReader options)
    {
        string[][] pairs =
        [
            ["set_position_topic", "position_topic"], ["value_template", "state_topic"], ["position_template", "position_topic"],
            ["set_position_template", "set_position_topic"], ["tilt_command_template", "tilt_command_topic"],
            ["tilt_status_template", "tilt_status_topic"],
        ];
        foreach (var pair in pairs.Where(pair => options.Has(pair[0]) && !options.Has(pair[1])))
        {
            options.Fail(pair[1], $"expected a topic, since {pair[0]} needs it", AnnounceCodes.MissingField);
        }
    }

    private void Order(string action, string? payload) =>
        Publish(_commandTopic ?? throw Unknown(action), payload ?? throw Unknown(action));

    private void AssumeEnd(string state, int position)
    {
        if (IsOptimistic)
        {
            SetState(state);
            if (_hasPosition)
            {
                SetAttribute("current_position", position);
            }
        }
    }

    private void SetPosition(int position, string action)
    {
        var value = PythonNumber.Round(PythonNumber.FromPercentage(position, _closedValue, _openValue));
        var variables = new Dictionary<string, object?>(_tilt.Constants) { ["position"] = position };
        Publish(_positionTopic ?? throw Unknown(action), _positionCommand.Render(value, Variables, variables));
        if (IsOptimistic)
        {
            SetState(position == 0 ? "closed" : "open");
            SetAttribute("current_position", position);
        }
    }

    private void SetTilt(int value, int tilt, int percentage, string action)
    {
        var variables = new Dictionary<string, object?>(_tilt.Constants) { ["tilt_position"] = tilt };
        Publish(_tilt.Topic ?? throw Unknown(action), _tilt.Command.Render(value, Variables, variables));
        if (_tilt.IsAssumed)
        {
            SetAttribute("current_tilt_position", percentage);
        }
    }

    private void TakeState(MqttMessage message)
    {
        if (!TryRender(_stateTemplate, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text == _payloads.StateStopped)
        {
            var isClosed = _hasPosition ? Position == 0 : Value.StateText is "closed" or "closing";
            SetState(isClosed ? "closed" : "open");
        }
        else if (_payloads.StateOf(text) is { } state)
        {
            SetState(state);
        }
        else if (text == Rendered.None)
        {
            SetState(null);
        }
        else
        {
            Ignore(message, $"got {text}, expected {_payloads.DescribeStates()}");
        }
    }

    private void TakePosition(MqttMessage message)
    {
        if (!TryRender(_positionTemplate, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (JsonPayload.TryParse(text, out var both) && both.Count > 0)
        {
            if (!both.TryGetPropertyValue("position", out var position))
            {
                Ignore(message, "position is missing");
                return;
            }

            if (both.TryGetPropertyValue("tilt_position", out var tilt))
            {
                _tilt.IsAssumed &= Options.Flag("tilt_optimistic");
                TakeTilt(message, OptionReader.TextOf(tilt) ?? "");
            }

            text = OptionReader.TextOf(position) ?? "";
        }

        if (!PythonNumber.TryParse(text, out double value))
        {
            Ignore(message, $"got {text}, expected a number");
            return;
        }

        SetAttribute("current_position", Math.Clamp(PythonNumber.ToPercentage(value, _closedValue, _openValue), 0, Open));
        if (!_hasState)
        {
            SetState(Position == 0 ? "closed" : "open");
        }
    }

    private void TakeTilt(MqttMessage message)
    {
        if (TryRender(_tilt.Template, message, out var text) && text.Length > 0)
        {
            TakeTilt(message, text);
        }
    }

    private void TakeTilt(in MqttMessage message, string text)
    {
        if (!PythonNumber.TryParse(text, out double value))
        {
            Ignore(message, $"got {text}, expected a number");
        }
        else if (_tilt.PercentageOf(value) is { } percentage)
        {
            SetAttribute("current_tilt_position", percentage);
        }
        else
        {
            Ignore(message, $"got {text}, expected a number from tilt_min to tilt_max");
        }
    }
}
