using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// One repair of each kind for a device whose states cannot be stored or retained: until nothing of that kind came from it for an
/// hour, or it was removed. At most 100 stand. Thread-safe.
/// </summary>
internal sealed class DeviceRepairs(IRepairs repairs, TimeProvider time)
{
    private const int Most = 100;

    /// <summary>A state or health message is larger than what is stored.</summary>
    public static readonly RepairKind TooLarge = new("state_too_large", "warning", "device", "subject", "bytes");

    /// <summary>A device has more last states than its budget.</summary>
    public static readonly RepairKind OverBudget = new("state_budget", "warning", "device", "reason");

    private static readonly TimeSpan Stands = TimeSpan.FromHours(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (DeviceId Device, long RaisedAt)> _standing = new(StringComparer.Ordinal);

    /// <summary>Raises or renews it.</summary>
    public void Raise(RepairKind kind, DeviceId device, params IReadOnlyList<string> words)
    {
        var id = kind.IdOf(device.ToString());
        lock (_gate)
        {
            if (!_standing.ContainsKey(id))
            {
                if (_standing.Count >= Most)
                {
                    return;
                }

                // Renewed in place, with the first words: a device that goes on must not be told of again and again.
                repairs.Raise(kind.About(device.ToString(), [device.ToString(), .. words]));
            }

            _standing[id] = (device, time.GetTimestamp());
        }
    }

    /// <summary>Clears those that nothing has renewed for an hour, and those of devices that were removed.</summary>
    public void ClearOld(Func<DeviceId, bool> isAnnounced)
    {
        lock (_gate)
        {
            foreach (var (id, (device, raisedAt)) in _standing)
            {
                if (time.GetElapsedTime(raisedAt) >= Stands || !isAnnounced(device))
                {
                    _standing.Remove(id);
                    repairs.Clear(id);
                }
            }
        }
    }
}
