using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A thermostat with a room around it that warms and cools.</summary>
internal sealed class ClimateEntity(string key) : SimulatedEntity(key, "climate", Capabilities)
{
    private const double Coldest = 5;
    private const double Warmest = 30;
    private const double Outside = 15;
    private static readonly string[] Modes = ["off", "heat", "auto"];
    private static readonly string[] Presets = ["none", "eco", "away"];
    private static readonly object Capabilities = new
    {
        name = (string?)null,
        hvac_modes = Modes,
        preset_modes = Presets,
        min_temp = Coldest,
        max_temp = Warmest,
        target_temp_step = 0.5,
        supported_features = new[] { "target_temperature", "turn_on", "turn_off" },
    };

    private string _mode = "heat";
    private string _preset = "none";
    private double _target = 21;
    private double _room = 19.5;

    /// <summary>The room's temperature, for a sensor beside it.</summary>
    public double Room => Math.Round(_room, 1);

    public override object State => new
    {
        state = _mode,
        temperature = _target,
        current_temperature = Room,
        hvac_action = _mode == "off" ? "off" : IsHeating ? "heating" : "idle",
        preset_mode = _preset,
    };

    private bool IsHeating => _mode != "off" && _room < _target;

    public override void Execute(DeviceCommand command)
    {
        switch (command.Action)
        {
            case "set_temperature":
                // Both parameters are optional, and a wrong one changes nothing.
                var sets = command.TryGet<double>("temperature", out _);
                var target = sets ? Number(command, "temperature", Coldest, Warmest) : _target;
                _mode = command.TryGet<string>("hvac_mode", out _) ? OneOf(command, "hvac_mode", Modes) : _mode;
                _target = target;
                break;
            case "set_hvac_mode":
                _mode = OneOf(command, "hvac_mode", Modes);
                break;
            case "set_preset_mode":
                _preset = OneOf(command, "preset_mode", Presets);
                break;
            case "turn_on":
                _mode = "heat";
                break;
            case "turn_off":
                _mode = "off";
                break;
            default:
                throw CommandException.UnknownAction(command.Action);
        }
    }

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        var before = Room;
        _room += (IsHeating ? 0.02 : (Outside - _room) * 0.001) * elapsed.TotalSeconds;
        return before != Room;
    }
}
