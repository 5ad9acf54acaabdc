using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Subjects whose state belongs to no announced entity. Only their names and times are retained: a first announcement reads the
/// states from the streams. Guarded by the store's lock.
/// </summary>
internal sealed class Orphans(TimeProvider time)
{
    /// <summary>How many subjects are retained; beyond, every first announcement reads the streams.</summary>
    public const int Most = 20_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>After so long without a state a subject is silent.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly Dictionary<DeviceId, Dictionary<string, Seen>> _byDevice = [];
    private int _count;
    private bool _hasOverflowed;

    /// <summary>A state came, or was removed, that belongs to no announced entity.</summary>
    /// <param name="device">Of this device.</param>
    /// <param name="subject">On this subject.</param>
    /// <param name="isRemoval">Whether it was removed.</param>
    /// <param name="age">How long it waited in the stream.</param>
    public void Note(DeviceId device, string subject, bool isRemoval, TimeSpan age = default)
    {
        if (isRemoval)
        {
            Remove(device, subject);
            return;
        }

        var now = time.GetTimestamp();
        if (_byDevice.TryGetValue(device, out var subjects) && subjects.TryGetValue(subject, out var seen))
        {
            subjects[subject] = seen with { Last = now - Ticks(age) };
            return;
        }

        if (_count >= Most)
        {
            _hasOverflowed = true;
            return;
        }

        if (subjects is null)
        {
            _byDevice[device] = subjects = new Dictionary<string, Seen>(StringComparer.Ordinal);
        }

        subjects[subject] = new Seen(now, now - Ticks(age), time.GetUtcNow() - age);
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
        return _byDevice.Values.Sum(subjects => subjects.Values.Count(seen => IsLasting(seen, now)));
    }

    /// <summary>
    /// Those of devices that are not announced, which have been orphans for a minute and are not silent, in no order.
    /// </summary>
    public IReadOnlyList<Orphan> Unannounced(Func<DeviceId, bool> isAnnounced)
    {
        var now = time.GetTimestamp();
        return
        [
            .. from device in _byDevice
               where !isAnnounced(device.Key)
               from one in device.Value
               let silence = time.GetElapsedTime(one.Value.Last, now)
               where IsLasting(one.Value, now) && silence < Silence
               select new Orphan(one.Key, one.Value.Since, time.GetUtcNow() - silence),
        ];
    }

    private bool IsLasting(in Seen seen, long now) => time.GetElapsedTime(seen.First, now) >= Patience;

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    /// <summary>When a subject was seen.</summary>
    /// <param name="First">The first time, by the clock of this process.</param>
    /// <param name="Last">When the last state was stored, by the same clock.</param>
    /// <param name="Since">When the first known state was stored.</param>
    private readonly record struct Seen(long First, long Last, DateTimeOffset Since);
}

/// <summary>A subject with states of a device that nobody announced.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Since">When the first known state was stored.</param>
/// <param name="Last">When the last one was.</param>
internal readonly record struct Orphan(string Subject, DateTimeOffset Since, DateTimeOffset Last);
