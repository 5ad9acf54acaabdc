namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A measurement that wanders between two bounds, or follows something else in the device.</summary>
internal sealed class SensorEntity(
    string key, string name, string deviceClass, string unit, double low, double high, Func<double>? follows = null)
    : SimulatedEntity(
        key, "sensor", new { name, device_class = deviceClass, state_class = "measurement", unit_of_measurement = unit })
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(15);
    private double _value = follows?.Invoke() ?? Math.Round((low + high) / 2, 1);
    private TimeSpan _since;

    public override object State => _value;

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        if (follows is not null)
        {
            (var before, _value) = (_value, follows());
            return before != _value;
        }

        _since += elapsed;
        if (_since < Pace)
        {
            return false;
        }

        _since = TimeSpan.Zero;
        var step = (random.NextDouble() - 0.5) * (high - low) / 10;
        _value = Math.Round(Math.Clamp(_value + step, low, high), 1);
        return true;
    }
}

/// <summary>Something that is on or off, and changes now and then.</summary>
internal sealed class BinarySensorEntity(string key, string name, string deviceClass)
    : SimulatedEntity(key, "binary_sensor", new { name, device_class = deviceClass })
{
    private const double ChangesASecond = 1.0 / 40;
    private bool _on;

    public override object State => _on;

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        var changes = random.NextDouble() < ChangesASecond * elapsed.TotalSeconds;
        _on ^= changes;
        return changes;
    }
}
