using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>What a subject of HOME_STATE holds.</summary>
internal enum StateKind
{
    /// <summary>The state of an entity, or the snapshot or health report of a device, that is announced.</summary>
    Declared,

    /// <summary>A state of a key that its device has not declared, or of a device that nobody announced.</summary>
    Undeclared,

    /// <summary>The marker of a removed state.</summary>
    Marker,
}

/// <summary>How much of HOME_STATE is whose, in bytes.</summary>
/// <param name="Device">Everything of one device.</param>
/// <param name="Undeclared">Of it, on keys that the device has not declared.</param>
/// <param name="Home">Everything.</param>
/// <param name="HomeUndeclared">Of it, on keys that nobody declared, with the markers of removed states.</param>
internal sealed record StateLimits(long Device, long Undeclared, long Home, long HomeUndeclared)
{
    /// <summary>How many undeclared keys a device may use.</summary>
    public const int UndeclaredKeys = 64;

    /// <summary>How many undeclared keys, and markers, are retained of all devices.</summary>
    public const int HomeUndeclaredKeys = 20_000;

    /// <summary>Two messages of the largest size fit, however small the stream is.</summary>
    private const long Least = 2 * (StateFeature.MaxStateBytes + 1024);

    /// <summary>For a stream of this size: 16 MiB and 1 MiB a device, where it has its full 256 MiB.</summary>
    public static StateLimits For(long maxBytes) => new(
        Math.Max(2 * Least, maxBytes / 16), Math.Max(Least, maxBytes / 256), maxBytes / 8 * 7, maxBytes / 8);
}

/// <summary>
/// Who uses how much of HOME_STATE: who was there first stays, so that no device can take the room in
/// which others have their last states. Guarded by the store's lock.
/// </summary>
internal sealed class StateBudget
{
    private readonly Dictionary<DeviceId, DeviceUse> _devices = [];
    private long _bytes;
    private long _undeclaredBytes;
    private int _undeclaredKeys;

    /// <summary>What is allowed.</summary>
    public StateLimits Limits { get; set; } = StateLimits.For(long.MaxValue / 8);

    /// <summary>Whether the last message of a subject may stay, and if so, notes it.</summary>
    /// <returns>Why not, for people; null: it stays.</returns>
    public string? Judge(DeviceId device, string subject, int bytes, StateKind kind)
    {
        var use = _devices.GetValueOrDefault(device);
        if (use is not null && use.Kept.Remove(subject, out var before))
        {
            Count(use, before, -1);
        }

        var now = new Kept(bytes, kind);
        if (ReasonAgainst(use, now) is { } reason)
        {
            return reason;
        }

        use ??= _devices[device] = new DeviceUse();
        use.Kept[subject] = now;
        Count(use, now, 1);
        return null;
    }

    /// <summary>The device declares other entities than before: what it has is counted anew, and stays.</summary>
    public void Redeclared(DeviceId device, Func<string, bool> isDeclared)
    {
        if (!_devices.TryGetValue(device, out var use))
        {
            return;
        }

        foreach (var (subject, kept) in use.Kept.Where(one => one.Value.Kind != StateKind.Marker).ToArray())
        {
            Count(use, kept, -1);
            var now = kept with { Kind = isDeclared(subject) ? StateKind.Declared : StateKind.Undeclared };
            use.Kept[subject] = now;
            Count(use, now, 1);
        }
    }

    private string? ReasonAgainst(DeviceUse? use, Kept now)
    {
        var (deviceBytes, undeclaredBytes, undeclaredKeys) = use is null ? default : (use.Bytes, use.UndeclaredBytes, use.UndeclaredKeys);
        if (now.Kind == StateKind.Undeclared && undeclaredKeys >= StateLimits.UndeclaredKeys)
        {
            return $"states on more than {StateLimits.UndeclaredKeys} keys that it has not declared";
        }

        if (now.Kind == StateKind.Undeclared && undeclaredBytes + now.Bytes > Limits.Undeclared)
        {
            return $"states of more than {Limits.Undeclared >> 10} KiB on keys that it has not declared";
        }

        if (deviceBytes + now.Bytes > Limits.Device)
        {
            return $"states of more than {Limits.Device >> 10} KiB";
        }

        return _bytes + now.Bytes > Limits.Home
            || (now.Kind != StateKind.Declared
                && (_undeclaredKeys >= StateLimits.HomeUndeclaredKeys || _undeclaredBytes + now.Bytes > Limits.HomeUndeclared))
            ? "states for which this home has no room"
            : null;
    }

    private void Count(DeviceUse use, Kept kept, int sign)
    {
        var bytes = sign * kept.Bytes;
        use.Bytes += bytes;
        _bytes += bytes;
        if (kept.Kind == StateKind.Declared)
        {
            return;
        }

        _undeclaredBytes += bytes;
        _undeclaredKeys += sign;
        if (kept.Kind == StateKind.Undeclared)
        {
            use.UndeclaredBytes += bytes;
            use.UndeclaredKeys += sign;
        }
    }

    private readonly record struct Kept(int Bytes, StateKind Kind);

    private sealed class DeviceUse
    {
        public Dictionary<string, Kept> Kept { get; } = new(StringComparer.Ordinal);

        public long Bytes { get; set; }

        public long UndeclaredBytes { get; set; }

        public int UndeclaredKeys { get; set; }
    }
}
