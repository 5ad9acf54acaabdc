using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Subjects whose state belongs to no announced entity. Only their names are kept: a first announcement fetches the states from the stream.
/// Guarded by the store's lock.
/// </summary>
internal sealed class Orphans(TimeProvider time)
{
    /// <summary>How many are kept; beyond, further ones are only known to exist, and a first announcement asks the stream for each of its keys.</summary>
    public const int Kept = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Dictionary<DeviceId, Dictionary<string, long>> _byDevice = [];
    private int _count;

    /// <summary>Whether there were more than can be kept.</summary>
    public bool Overflowed { get; private set; }

    public void Add(DeviceId device, string subject)
    {
        if (!_byDevice.TryGetValue(device, out var subjects))
        {
            if (_count >= Kept)
            {
                Overflowed = true;
                return;
            }

            _byDevice[device] = subjects = new Dictionary<string, long>(StringComparer.Ordinal);
        }

        if (subjects.ContainsKey(subject))
        {
            return;
        }

        if (_count >= Kept)
        {
            Overflowed = true;
            return;
        }

        subjects[subject] = time.GetTimestamp();
        _count++;
    }

    public void Remove(DeviceId device, string subject)
    {
        if (_byDevice.TryGetValue(device, out var subjects) && subjects.Remove(subject))
        {
            _count--;
            if (subjects.Count == 0)
            {
                _byDevice.Remove(device);
            }
        }
    }

    /// <summary>Takes a device's subjects out, to be fetched.</summary>
    public IReadOnlyCollection<string> Take(DeviceId device)
    {
        if (!_byDevice.Remove(device, out var subjects))
        {
            return [];
        }

        _count -= subjects.Count;
        return subjects.Keys;
    }

    /// <summary>How many have been orphans for a minute.</summary>
    public int Lasting()
    {
        var now = time.GetTimestamp();
        var lasting = 0;
        foreach (var subjects in _byDevice.Values)
        {
            foreach (var since in subjects.Values)
            {
                lasting += time.GetElapsedTime(since, now) >= Patience ? 1 : 0;
            }
        }

        return lasting;
    }
}
