using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Storage;

/// <summary>What a subject of a stream of last values holds.</summary>
public enum StoredKind
{
    /// <summary>A value of an entity or a device that is announced.</summary>
    Declared,

    /// <summary>A value of a key that its device has not declared, or of a device that nobody announced.</summary>
    Undeclared,

    /// <summary>The marker of a removed value.</summary>
    Marker,
}

/// <summary>How much of a stream of last values is whose, in bytes.</summary>
/// <param name="Device">Everything of one device.</param>
/// <param name="Undeclared">Of it, on keys that the device has not declared.</param>
/// <param name="Home">Everything.</param>
/// <param name="HomeUndeclared">Of it, on keys that nobody declared, with the markers of removed values.</param>
public sealed record DeviceLimits(long Device, long Undeclared, long Home, long HomeUndeclared)
{
    /// <summary>How many undeclared keys a device may use.</summary>
    public const int UndeclaredKeys = 64;

    /// <summary>How many undeclared keys, and markers, are retained of all devices.</summary>
    public const int HomeUndeclaredKeys = 20_000;

    /// <summary>For a stream of this size: 16 MiB and 1 MiB a device, where it has its full 256 MiB.</summary>
    /// <param name="maxBytes">The size of the stream.</param>
    /// <param name="largest">The largest message: two of them fit, however small the stream is.</param>
    public static DeviceLimits For(long maxBytes, long largest)
    {
        var least = 2 * (largest + 1024);
        return new DeviceLimits(
            Math.Max(2 * least, maxBytes / 16), Math.Max(least, maxBytes / 256), maxBytes / 8 * 7, maxBytes / 8);
    }
}

/// <summary>
/// Who uses how much of a stream of last values: who was there first stays, so that no device can take the room in which others
/// have theirs. Not thread-safe: its owner guards it.
/// </summary>
/// <param name="what">What the stream has, in the plural, for people: <c>states</c>.</param>
public sealed class DeviceBudget(string what)
{
    private readonly Dictionary<DeviceId, DeviceUse> _devices = [];
    private long _bytes;
    private long _undeclaredBytes;
    private int _undeclaredKeys;

    /// <summary>What is allowed.</summary>
    public DeviceLimits Limits { get; set; } = DeviceLimits.For(long.MaxValue / 8, largest: 0);

    /// <summary>Whether the last message of a subject may stay, and if so, notes it.</summary>
    /// <returns>Why not, for people; null: it stays.</returns>
    public string? Judge(DeviceId device, string subject, int bytes, StoredKind kind)
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

    /// <summary>A subject has no message any more.</summary>
    public void Release(DeviceId device, string subject)
    {
        if (_devices.TryGetValue(device, out var use) && use.Kept.Remove(subject, out var before))
        {
            Count(use, before, -1);
        }
    }

    /// <summary>The device declares other entities than before: what it has is counted anew, and stays.</summary>
    public void Redeclared(DeviceId device, Func<string, bool> isDeclared)
    {
        if (!_devices.TryGetValue(device, out var use))
        {
            return;
        }

        foreach (var (subject, kept) in use.Kept.Where(one => one.Value.Kind != StoredKind.Marker).ToArray())
        {
            Count(use, kept, -1);
            var now = kept with { Kind = isDeclared(subject) ? StoredKind.Declared : StoredKind.Undeclared };
            use.Kept[subject] = now;
            Count(use, now, 1);
        }
    }

    private string? ReasonAgainst(DeviceUse? use, Kept now)
    {
        var (deviceBytes, undeclaredBytes, undeclaredKeys) = use is null ? default : (use.Bytes, use.UndeclaredBytes, use.UndeclaredKeys);
        if (now.Kind == StoredKind.Undeclared && undeclaredKeys >= DeviceLimits.UndeclaredKeys)
        {
            return $"{what} on more than {DeviceLimits.UndeclaredKeys} keys that it has not declared";
        }

        if (now.Kind == StoredKind.Undeclared && undeclaredBytes + now.Bytes > Limits.Undeclared)
        {
            return $"{what} of more than {Limits.Undeclared >> 10} KiB on keys that it has not declared";
        }

        if (deviceBytes + now.Bytes > Limits.Device)
        {
            return $"{what} of more than {Limits.Device >> 10} KiB";
        }

        return _bytes + now.Bytes > Limits.Home
            || (now.Kind != StoredKind.Declared
                && (_undeclaredKeys >= DeviceLimits.HomeUndeclaredKeys || _undeclaredBytes + now.Bytes > Limits.HomeUndeclared))
            ? $"{what} for which this home has no room"
            : null;
    }

    private void Count(DeviceUse use, Kept kept, int sign)
    {
        var bytes = sign * kept.Bytes;
        use.Bytes += bytes;
        _bytes += bytes;
        if (kept.Kind == StoredKind.Declared)
        {
            return;
        }

        _undeclaredBytes += bytes;
        _undeclaredKeys += sign;
        if (kept.Kind == StoredKind.Undeclared)
        {
            use.UndeclaredBytes += bytes;
            use.UndeclaredKeys += sign;
        }
    }

    private readonly record struct Kept(int Bytes, StoredKind Kind);

    private sealed class DeviceUse
    {
        public Dictionary<string, Kept> Kept { get; } = new(StringComparer.Ordinal);

        public long Bytes { get; set; }

        public long UndeclaredBytes { get; set; }

        public int UndeclaredKeys { get; set; }
    }
}
