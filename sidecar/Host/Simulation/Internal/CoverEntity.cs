using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A shutter that takes ten seconds from end to end.</summary>
internal sealed class CoverEntity(string key) : SimulatedEntity(key, "cover", null)
{
    private const double PercentASecond = 10;
    private double _position = 100;
    private double _target = 100;

    public override void WriteState(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("state", _target > _position ? "opening" : _target < _position ? "closing" : _position > 0 ? "open" : "closed");
        json.WriteNumber("current_position", (int)Math.Round(_position));
        json.WriteEndObject();
    }

    public override CommandResult Apply(string action, JsonElement parameters)
    {
        switch (action)
        {
            case "open_cover":
                _target = 100;
                return CommandResult.Done;
            case "close_cover":
                _target = 0;
                return CommandResult.Done;
            case "stop_cover":
                _target = _position;
                return CommandResult.Done;
            case "set_cover_position":
                if (!parameters.TryGetProperty("position", out var position) || !position.TryGetDouble(out var target) || target is < 0 or > 100)
                {
                    return CommandResult.Wrong("position");
                }

                _target = target;
                return CommandResult.Done;
            default:
                return CommandResult.Unknown(action);
        }
    }

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

    protected override void WriteDescription(Utf8JsonWriter json)
    {
        json.WriteString("device_class", "shutter");
        WriteStrings(json, "supported_features", "open", "close", "stop", "set_position");
    }
}
