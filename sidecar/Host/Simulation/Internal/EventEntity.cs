using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A doorbell that somebody rings about once a minute, or whoever presses its test button.</summary>
internal sealed class EventEntity(string key) : SimulatedEntity(key, "event", null)
{
    public const string Ring = "ring";
    private const double RingsASecond = 1.0 / 60;
    private bool _rings;

    public override bool HasState => false;

    public void Fire() => _rings = true;

    /// <summary>Whether it rang since it was last asked.</summary>
    public bool TakeRing()
    {
        (var rings, _rings) = (_rings, false);
        return rings;
    }

    public override void WriteState(Utf8JsonWriter json) => json.WriteNullValue();

    public override bool Advance(TimeSpan elapsed, Random random)
    {
        _rings |= random.NextDouble() < RingsASecond * elapsed.TotalSeconds;
        return false;
    }

    protected override void WriteDescription(Utf8JsonWriter json)
    {
        json.WriteString("device_class", "doorbell");
        WriteStrings(json, "event_types", Ring);
    }
}
