using HaNatsBridge.Mqtt.Config;

namespace HaNatsBridge.Mqtt.Components;

/// <summary>The payloads of a cover: what it is sent, and what its states are called.</summary>
internal sealed class CoverPayloads(OptionReader options)
{
    private readonly string _stateOpen = options.Text("state_open", "open");
    private readonly string _stateClosed = options.Text("state_closed", "closed");
    private readonly string _stateOpening = options.Text("state_opening", "opening");
    private readonly string _stateClosing = options.Text("state_closing", "closing");

    /// <summary>Opens it; null: it cannot be opened.</summary>
    public string? Open { get; } = options.Has("payload_open") ? options.NullableText("payload_open") : "OPEN";

    /// <summary>Closes it; null: it cannot be closed.</summary>
    public string? Close { get; } = options.Has("payload_close") ? options.NullableText("payload_close") : "CLOSE";

    /// <summary>Stops it; null: it cannot be stopped.</summary>
    public string? Stop { get; } = options.Has("payload_stop") ? options.NullableText("payload_stop") : "STOP";

    /// <summary>Stops its tilt; null: that cannot be stopped.</summary>
    public string? StopTilt { get; } = options.Has("payload_stop_tilt") ? options.NullableText("payload_stop_tilt") : "STOP";

    /// <summary>The payload of a cover that has stopped somewhere.</summary>
    public string StateStopped { get; } = options.Text("state_stopped", "stopped");

    /// <summary>The state of a payload; null where it is none.</summary>
    public string? StateOf(string payload) =>
        payload == _stateOpening ? "opening"
        : payload == _stateClosing ? "closing"
        : payload == _stateOpen ? "open"
        : payload == _stateClosed ? "closed"
        : null;

    /// <summary>The payloads that are understood.</summary>
    public string DescribeStates() => $"{_stateOpen}, {_stateClosed}, {_stateOpening}, {_stateClosing} or {StateStopped}";
}

/// <summary>How the slats of a cover are tilted.</summary>
internal sealed class CoverTilt
{
    private const int Whole = 100;

    private readonly int _min;
    private readonly int _max;

    public CoverTilt(OptionReader options, IReadOnlyDictionary<string, object?> constants)
    {
        Constants = constants;
        (_min, _max) = (options.Integer("tilt_min", 0), options.Integer("tilt_max", Whole));
        (ClosedValue, OpenValue) = (options.Integer("tilt_closed_value", 0), options.Integer("tilt_opened_value", Whole));
        Topic = options.Publication("tilt_command_topic");
        Template = options.ValueTemplate("tilt_status_template", constants);
        Command = options.CommandTemplate("tilt_command_template");
    }

    /// <summary>Where the tilt is set; null: it cannot be set.</summary>
    public string? Topic { get; }

    /// <summary>What is sent there.</summary>
    public CommandTemplate Command { get; }

    /// <summary>The template of its messages.</summary>
    public ValueTemplate Template { get; }

    /// <summary>Variables of all templates of the cover.</summary>
    public IReadOnlyDictionary<string, object?> Constants { get; }

    /// <summary>The value of closed slats.</summary>
    public int ClosedValue { get; }

    /// <summary>The value of open slats.</summary>
    public int OpenValue { get; }

    /// <summary>What <see cref="ClosedValue"/> is in percent.</summary>
    public int ClosedPercentage => PythonNumber.ToPercentage(ClosedValue, _min, _max);

    /// <summary>What <see cref="OpenValue"/> is in percent.</summary>
    public int OpenPercentage => PythonNumber.ToPercentage(OpenValue, _min, _max);

    /// <summary>Whether the tilt is assumed after a command.</summary>
    public bool IsAssumed { get; set; }

    /// <summary>The value of a percentage.</summary>
    public int ValueOf(int percentage) => PythonNumber.Round(PythonNumber.FromPercentage(percentage, _min, _max));

    /// <summary>The percentage of a value; null where it is out of range.</summary>
    public int? PercentageOf(double value)
    {
        var rounded = PythonNumber.Round(value);
        return rounded >= Math.Min(_min, _max) && rounded <= Math.Max(_min, _max)
            ? PythonNumber.ToPercentage(rounded, _min, _max)
            : null;
    }
}
