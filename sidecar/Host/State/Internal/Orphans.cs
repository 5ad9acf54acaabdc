using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Subjects whose state belongs to no announced entity. Only their names are retained: a first announcement reads the states from
/// the streams. Guarded by the store's lock.
/// </summary>
internal sealed class Orphans(TimeProvider time)
{
    /// <summary>How many subjects are retained; beyond, every first announcement reads the streams.</summary>
    public const int Most = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Dictionary<DeviceId, Dictionary<string, long>> _byDevice = [];
    private int _count;
    private bool _hasOverflowed;

    /// <summary>A state came, or was removed, that belongs to no announced entity.</summary>
    public void Note(DeviceId device, string subject, bool isRemoval)
    {
        if (isRemoval)
        {
            Remove(device, subject);
            return;
        }

        if (_byDevice.TryGetValue(device, out var subjects) && subjects.ContainsKey(subject))
        {
            return;
        }

        if (_count >= Most)
        {
            _hasOverflowed = true;
            return;
        }

        if (subjects is null)
        {
            _byDevice[device] = subjects = new Dictionary<string, long>(StringComparer.Ordinal);
        }

        subjects[subject] = time.GetTimestamp();
        _count++;
    }

    /// <summary>The subject belongs to an entity now.</summary>
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

    /// <summary>The device is announced: its subjects are forgotten here. Returns whether the streams may hold any.</summary>
    public bool Take(DeviceId device)
    {
        if (!_byDevice.Remove(device, out var subjects))
        {
            return _hasOverflowed;
        }

        _count -= subjects.Count;
        return true;
    }

    /// <summary>How many have been orphans for a minute.</summary>
    public int Lasting()
    {
        var now = time.GetTimestamp();
        return _byDevice.Values.Sum(subjects => subjects.Values.Count(since => time.GetElapsedTime(since, now) >= Patience));
    }
}
