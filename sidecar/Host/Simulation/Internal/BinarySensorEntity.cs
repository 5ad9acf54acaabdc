using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>Something that is so or not, and changes now and then.</summary>
internal sealed class BinarySensorEntity(string key, string name, string deviceClass) : SimulatedEntity(key, "binary_sensor", name)
{
    private const double ChangesASecond = 1.0 / 40;
    private bool _on;

    public override void WriteState(Utf8JsonWriter json) => json.WriteBooleanValue(_on);

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        if (random.NextDouble() >= ChangesASecond * elapsed.TotalSeconds)
        {
            return false;
        }

        _on = !_on;
        return true;
    }

    protected override void WriteDescription(Utf8JsonWriter json) => json.WriteString("device_class", deviceClass);
}
