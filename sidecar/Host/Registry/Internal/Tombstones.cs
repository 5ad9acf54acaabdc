using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// The removed devices, as KV has their deletion markers: a deleted key is a removal that has still to be finished, a purged one
/// is done. Not thread-safe.
/// </summary>
internal sealed class Tombstones
{
    private const int Most = 10_000;

    private readonly Dictionary<DeviceId, Tombstone> _byDevice = [];
    private readonly SortedDictionary<ulong, DeviceId> _byRevision = [];

    /// <summary>The removed devices, oldest first.</summary>
    public IReadOnlyList<DeviceId> Devices => [.. _byRevision.Values];

    /// <summary>The removals that are not finished.</summary>
    public IReadOnlyList<Tombstone> Unfinished => [.. _byDevice.Values.Where(t => !t.IsFinished)];

    /// <summary>The unfinished removal of a device; null: there is none.</summary>
    public Tombstone? UnfinishedOf(DeviceId id) =>
        _byDevice.TryGetValue(id, out var tombstone) && !tombstone.IsFinished ? tombstone : null;

    /// <summary>A device was removed.</summary>
    public void Add(Tombstone tombstone)
    {
        Remove(tombstone.Id);
        _byDevice[tombstone.Id] = tombstone;
        _byRevision[tombstone.Revision] = tombstone.Id;
        while (_byRevision.Count > Most && _byRevision.Values.Select(id => _byDevice[id])
            .FirstOrDefault(t => t.IsFinished) is { } oldest)
        {
            Remove(oldest.Id);
        }
    }

    /// <summary>The device is there again.</summary>
    public void Remove(DeviceId id)
    {
        if (_byDevice.Remove(id, out var tombstone))
        {
            _byRevision.Remove(tombstone.Revision);
        }
    }
}

/// <summary>A deletion marker.</summary>
/// <param name="Id">The device.</param>
/// <param name="Revision">The marker's revision.</param>
/// <param name="IsFinished">Whether the states of the device have their markers too.</param>
/// <param name="SeenAt">When this sidecar read it, in milliseconds of the monotonic clock.</param>
internal sealed record Tombstone(DeviceId Id, ulong Revision, bool IsFinished, long SeenAt);
