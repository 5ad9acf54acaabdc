using System.Text.Json;

namespace HaNatsBridge.Devices.Internal;

/// <summary>
/// The present state of each entity, published again after each announcement: so states that were published while no connection
/// was open arrive, and a home that lost its store recovers. Not thread-safe.
/// </summary>
internal sealed class StateCache(TimeProvider time)
{
    /// <summary>The state streams take no larger message (contract/subjects.md, "A device's rights").</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly Dictionary<string, Retained> _states = new(StringComparer.Ordinal);
    private bool _isWhole;

    public void Set(string key, byte[] state) => _states[key] = new Retained(state, time.GetTimestamp());

    /// <summary>Replaces the whole device's state: an entity that is left out is unknown.</summary>
    public void Replace(IReadOnlyDictionary<string, JsonElement> states)
    {
        _states.Clear();
        _isWhole = true;
        foreach (var (key, state) in states)
        {
            Set(key, Payload.Of(state));
        }
    }

    /// <summary>Forgets the entities that the description no longer has.</summary>
    public void Keep(DeviceDescription description)
    {
        foreach (var gone in _states.Keys.Where(key => !description.Has(key)).ToArray())
        {
            _states.Remove(gone);
        }
    }

    /// <summary>
    /// What restores the state: one snapshot (null key) when the owner gave one; else each entity, so that one that this process
    /// has no state of yet stays as it was.
    /// </summary>
    public IReadOnlyList<(string? Key, byte[] State)> Messages(DeviceDescription description)
    {
        // Published again, an expired measurement would look like a new one.
        var present = _states.Where(state => !IsExpired(state.Value, description.ExpireAfter(state.Key))).ToArray();
        if (_isWhole && Snapshot(present) is { Length: <= MaxBytes } snapshot)
        {
            return [(null, snapshot)];
        }

        return [.. present.Select(state => ((string?)state.Key, state.Value.State))];
    }

    private bool IsExpired(Retained state, TimeSpan limit) => limit > TimeSpan.Zero && time.GetElapsedTime(state.At) >= limit;

    private static byte[] Snapshot(KeyValuePair<string, Retained>[] states) => Payload.Write(json =>
    {
        json.WriteStartObject();
        foreach (var (key, retained) in states)
        {
            json.WritePropertyName(key);
            json.WriteRawValue(retained.State);
        }

        json.WriteEndObject();
    });

    private readonly record struct Retained(byte[] State, long At);
}
