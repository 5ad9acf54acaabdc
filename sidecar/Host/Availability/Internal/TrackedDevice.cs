using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>
/// What is known of one device. <see cref="LastSeen"/> and <see cref="IsOnline"/> are read and written without the machine's
/// lock, everything else with it.
/// </summary>
internal sealed class TrackedDevice(DeviceId id)
{
    private long _lastSeen;
    private volatile bool _isOnline;

    public DeviceId Id { get; } = id;

    /// <summary>What its description says; null: it is not in the registry.</summary>
    public AvailabilityTerms? Terms { get; set; }

    /// <summary>The last sign of life, in milliseconds of the monotonic clock; 0: none since this process began.</summary>
    public long LastSeen
    {
        get => Volatile.Read(ref _lastSeen);
        set => Volatile.Write(ref _lastSeen, value);
    }

    /// <summary>Whether <see cref="Decided"/> says online, for the hot path.</summary>
    public bool IsOnline => _isOnline;

    /// <summary>What should be in KV; null until anything is known.</summary>
    public AvailabilityRecord? Decided { get; private set; }

    /// <summary>When <see cref="Decided"/> was set, in milliseconds of the monotonic clock.</summary>
    public long DecidedAt { get; private set; }

    /// <summary>What is in KV; null: nothing.</summary>
    public AvailabilityRecord? Stored { get; set; }

    /// <summary>The KV revision of <see cref="Stored"/>; 0: none.</summary>
    public ulong Revision { get; set; }

    /// <summary>
    /// When it falls due on the wheel, in milliseconds; 0: it is not there. An item on the wheel with another time is outdated.
    /// </summary>
    public long Due { get; set; }

    /// <summary>Whether it is in the queue of what has to be written.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether a write is under way, whose record KV has not delivered yet.</summary>
    public bool IsWriting { get; set; }

    public void Decide(AvailabilityRecord? record, long now)
    {
        Decided = record;
        DecidedAt = now;
        _isOnline = record is { Online: true };
    }
}
