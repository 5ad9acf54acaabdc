using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A measurement that wanders between two bounds, or follows something else in the device.</summary>
internal sealed class SensorEntity : SimulatedEntity
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(15);
    private readonly string _deviceClass;
    private readonly string _unit;
    private readonly string _stateClass;
    private readonly double _low;
    private readonly double _high;
    private readonly Func<double>? _follows;
    private double _value;
    private TimeSpan _since;

    public SensorEntity(string key, string name, string deviceClass, string unit, double low, double high, string stateClass = "measurement", Func<double>? follows = null)
        : base(key, "sensor", name)
    {
        (_deviceClass, _unit, _stateClass, _low, _high, _follows) = (deviceClass, unit, stateClass, low, high, follows);
        _value = follows?.Invoke() ?? Math.Round((low + high) / 2, 1);
    }

    public override void WriteState(Utf8JsonWriter json) => json.WriteNumberValue(_value);

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        if (_follows is not null)
        {
            (var before, _value) = (_value, _follows());
            return before != _value;
        }

        _since += elapsed;
        if (_since < Pace)
        {
            return false;
        }

        _since = TimeSpan.Zero;
        var step = (random.NextDouble() - 0.5) * (_high - _low) / 10;
        _value = Math.Round(Math.Clamp(_value + step, _low, _high), 1);
        return true;
    }

    protected override void WriteDescription(Utf8JsonWriter json)
    {
        json.WriteString("device_class", _deviceClass);
        json.WriteString("state_class", _stateClass);
        json.WriteString("unit_of_measurement", _unit);
    }
}
