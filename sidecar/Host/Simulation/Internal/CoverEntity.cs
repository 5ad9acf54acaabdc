using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A shutter that takes ten seconds from end to end.</summary>
internal sealed class CoverEntity(string key) : SimulatedEntity(
    key,
    "cover",
    new { name = (string?)null, device_class = "shutter", supported_features = Features })
{
    private static readonly string[] Features = ["open", "close", "stop", "set_position"];
    private const double PercentASecond = 10;
    private double _position = 100;
    private double _target = 100;

    public override object State => new
    {
        state = _target > _position ? "opening" : _target < _position ? "closing" : _position > 0 ? "open" : "closed",
        current_position = (int)Math.Round(_position),
    };

    public override void Execute(DeviceCommand command) => _target = command.Action switch
    {
        "open_cover" => 100,
        "close_cover" => 0,
        "stop_cover" => _position,
        "set_cover_position" => Number(command, "position", 0, 100),
        _ => throw CommandException.UnknownAction(command.Action),
    };

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        if (_position == _target)
        {
            return false;
        }

        var way = PercentASecond * elapsed.TotalSeconds;
        _position = Math.Abs(_target - _position) <= way ? _target : _position + (Math.Sign(_target - _position) * way);
        return true;
    }
}
