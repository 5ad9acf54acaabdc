using System.Text.Json;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>One entity of a simulated device: describes itself, keeps its state, does what it is told.</summary>
internal abstract class SimulatedEntity(string key, string platform, string? name)
{
    public string Key { get; } = key;

    /// <summary>Whether it has a state; buttons and events have none.</summary>
    public virtual bool HasState => true;

    /// <summary>Writes its part of the announcement.</summary>
    public void Describe(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("key", Key);
        json.WriteString("platform", platform);
        // Null makes it the device's main feature.
        json.WriteString("name", name);
        WriteDescription(json);
        json.WriteEndObject();
    }

    /// <summary>Writes its state: a scalar, or an object.</summary>
    public abstract void WriteState(Utf8JsonWriter json);

    /// <summary>Does it, or says why not.</summary>
    public virtual CommandResult Apply(string action, JsonElement parameters) => CommandResult.Unknown(action);

    /// <summary>Lives on for that long; returns whether the state changed.</summary>
    public virtual bool Advance(TimeSpan elapsed, Random random) => false;

    protected virtual void WriteDescription(Utf8JsonWriter json)
    {
    }

    protected static void WriteStrings(Utf8JsonWriter json, string property, params ReadOnlySpan<string> values)
    {
        json.WriteStartArray(property);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
