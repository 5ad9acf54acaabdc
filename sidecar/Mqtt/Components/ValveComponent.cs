using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>valve</c>: open and closed, or positions (<c>reports_position</c>).</summary>
internal sealed class ValveComponent : MqttEntity
{
    private const int Open = 100;
    private const string Moved = "moved";

    private static readonly string[] OnlyWithoutPosition = ["payload_close", "payload_open", "state_closed", "state_open"];

    private readonly ValueTemplate _template;
    private readonly CommandTemplate _command;
    private readonly string? _topic;
    private readonly string? _payloadOpen;
    private readonly string? _payloadClose;
    private readonly string? _payloadStop;
    private readonly string _stateOpen;
    private readonly string _stateClosed;
    private readonly string _stateOpening;
    private readonly string _stateClosing;
    private readonly bool _hasPosition;
    private readonly int _closedValue;
    private readonly int _openValue;
    private string? _movement;

    public ValveComponent(OptionReader options, EntityServices services)
        : base(options, services, "valve", "MQTT Valve")
    {
        _topic = options.Publication("command_topic");
        _command = options.CommandTemplate("command_template");
        _hasPosition = options.Flag("reports_position");
        (_closedValue, _openValue) = (options.Integer("position_closed", 0), options.Integer("position_open", Open));
        _template = options.ValueTemplate("value_template", new Dictionary<string, object?>
        {
            ["position_open"] = _openValue, ["position_closed"] = _closedValue,
        });
        _payloadOpen = options.Has("payload_open") ? options.NullableText("payload_open") : "OPEN";
        _payloadClose = options.Has("payload_close") ? options.NullableText("payload_close") : "CLOSE";
        _payloadStop = options.NullableText("payload_stop");
        (_stateOpen, _stateClosed) = (options.Text("state_open", "open"), options.Text("state_closed", "closed"));
        (_stateOpening, _stateClosing) = (options.Text("state_opening", "opening"), options.Text("state_closing", "closing"));
        AssumeStates(Listen("state_topic", Take));
        foreach (var name in OnlyWithoutPosition.Where(name => _hasPosition && options.Has(name)))
        {
            options.Fail(name, "expected none where reports_position is true");
        }

        Copy("device_class");
        Description["reports_position"] = _hasPosition;
        Feature("open", _topic is not null && _payloadOpen is not null);
        Feature("close", _topic is not null && _payloadClose is not null);
        Feature("set_position", _hasPosition);
        Feature("stop", _payloadStop is not null);
        FeaturesAreComplete();
    }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["current_position", "is_closed"];

    private int? Position => Value["current_position"]?.GetValue<int>();

    /// <inheritdoc/>
    protected override Func<bool>? Run(string action, JsonElement parameters)
    {
        var topic = _topic ?? throw Unknown(action);
        switch (action)
        {
            case "open_valve" or "close_valve" when _hasPosition:
                return SetPosition(topic, action == "open_valve" ? Open : 0);
            case "open_valve":
                Publish(topic, _command.Render(_payloadOpen ?? throw Unknown(action), Variables));
                Assume("open");
                return () => Value.StateText is "open" or "opening";
            case "close_valve":
                Publish(topic, _command.Render(_payloadClose ?? throw Unknown(action), Variables));
                Assume("closed");
                return () => Value.StateText is "closed" or "closing";
            case "stop_valve":
                Publish(topic, _command.Render(_payloadStop ?? throw Unknown(action), Variables));
                return () => Value.StateText is "open" or "closed";
            case "set_valve_position":
                return SetPosition(topic, (int)parameters.RequiredWhole("position"));
            default:
                throw Unknown(action);
        }
    }

    private void Assume(string state)
    {
        if (IsOptimistic)
        {
            SetState(state);
        }
    }

    private Func<bool>? SetPosition(string topic, int position)
    {
        var value = PythonNumber.Round(PythonNumber.FromPercentage(position, _closedValue, _openValue));
        Publish(topic, _command.Render(value, Variables, new Dictionary<string, object?>
        {
            ["position"] = position, ["position_open"] = _openValue, ["position_closed"] = _closedValue,
        }));
        if (IsOptimistic)
        {
            Value["current_position"] = position;
            Show(Moved);
        }

        return null;
    }

    private void Take(MqttMessage message)
    {
        if (!TryRender(_template, message, out var text) || text.Length == 0)
        {
            return;
        }

        string? position = text, state = text;
        if (JsonPayload.TryParse(text, out var both))
        {
            var needed = _hasPosition ? "position" : "state";
            if (!both.ContainsKey(needed))
            {
                Ignore(message, $"{needed} is missing");
                return;
            }

            (position, state) = (OptionReader.TextOf(both["position"]), OptionReader.TextOf(both["state"]));
        }

        if (_hasPosition)
        {
            TakePosition(message, position, state);
        }
        else
        {
            TakeState(message, state);
        }
    }

    private void TakeState(in MqttMessage message, string? text)
    {
        if (text == Rendered.None)
        {
            SetState(null);
        }
        else if (MovementOf(text) is { } movement)
        {
            SetState(movement);
        }
        else if (text == _stateOpen || text == _stateClosed)
        {
            SetState(text == _stateOpen ? "open" : "closed");
        }
        else
        {
            Ignore(message, $"got {text}, expected {_stateOpen}, {_stateClosed}, {_stateOpening} or {_stateClosing}");
        }
    }

    private void TakePosition(in MqttMessage message, string? position, string? state)
    {
        var movement = MovementOf(state);
        if (movement is null && state == Rendered.None)
        {
            Value["current_position"] = null;
            Show(_movement);
            return;
        }

        var isMoved = false;
        if (movement is null || position != state)
        {
            if (position is not null && PythonNumber.TryParse(position, out double value))
            {
                Value["current_position"] = Math.Clamp(PythonNumber.ToPercentage(value, _closedValue, _openValue), 0, Open);
                isMoved = true;
            }
            else if (movement is null)
            {
                Ignore(message, $"got {position ?? state}, expected a number, {_stateOpening} or {_stateClosing}");
                return;
            }
        }

        Show(movement ?? (isMoved ? Moved : null));
    }

    private string? MovementOf(string? text) => text == _stateOpening ? "opening" : text == _stateClosing ? "closing" : null;

    private void Show(string? movement)
    {
        _movement = movement is "opening" or "closing" ? movement : null;
        SetState(_movement ?? Position switch { null => null, 0 => "closed", _ => "open" });
    }
}
