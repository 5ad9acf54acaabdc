using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// What the judge keeps of one device. <see cref="LastSeen"/> and <see cref="IsOnline"/> are read and written without the judge's lock, everything else with it.
/// </summary>
internal sealed class JudgedDevice(DeviceId id)
{
    private long _lastSeen;
    private volatile bool _isOnline;

    public DeviceId Id { get; } = id;

    /// <summary>The last sign of life, in milliseconds of the monotonic clock; 0: none since this process began.</summary>
    public long LastSeen
    {
        get => Volatile.Read(ref _lastSeen);
        set => Volatile.Write(ref _lastSeen, value);
    }

    /// <summary>What the verdict says, for the hot path.</summary>
    public bool IsOnline => _isOnline;

    public LeaseTerms Terms { get; set; }

    /// <summary>What should be in KV; null until anything is known.</summary>
    public AvailabilityRecord? Wanted { get; private set; }

    /// <summary>What is in KV, as far as it is known; null: nothing.</summary>
    public AvailabilityRecord? Stored { get; set; }

    /// <summary>The KV revision of <see cref="Stored"/>, 0: none.</summary>
    public ulong Revision { get; set; }

    /// <summary>When <see cref="Wanted"/> was learnt, in milliseconds of the monotonic clock.</summary>
    public long ChangedAt { get; set; }

    /// <summary>When it falls due on the wheel, in milliseconds; 0: it is not there. What lies on the wheel with another time is out of date.</summary>
    public long Due { get; set; }

    /// <summary>Whether it is written again although it says the same: it was heard since, and the record's age would say otherwise.</summary>
    public bool IsOutdated { get; set; }

    /// <summary>Whether it waits to be written.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Whether it was forgotten: what is still on the wheel or in a queue is dropped then.</summary>
    public bool IsForgotten { get; set; }

    public void Want(AvailabilityRecord record, long now)
    {
        Wanted = record;
        ChangedAt = now;
        _isOnline = record.Online;
    }
}
