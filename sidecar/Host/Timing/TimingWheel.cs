namespace HaNatsBridge.Host.Timing;

/// <summary>
/// Deadlines of many items on one hashed wheel: scheduling costs the same for ten items and ten thousand, and there is no timer
/// an item. A deadline that moves on does not touch the wheel: when the item falls due, the caller looks at the real deadline and
/// schedules it again if that is later. Not thread-safe.
/// </summary>
/// <typeparam name="T">What falls due.</typeparam>
public sealed class TimingWheel<T>
{
    private const int SlotCount = 256;
    private readonly List<(T Item, long Tick)>?[] _slots = new List<(T Item, long Tick)>?[SlotCount];
    private readonly List<T> _due = [];
    private readonly long _tickMilliseconds;
    private long _position;

    /// <summary>A wheel of 256 slots.</summary>
    /// <param name="tick">How exact it is: an item falls due at most this much late, and never early.</param>
    public TimingWheel(TimeSpan tick)
    {
        _tickMilliseconds = (long)tick.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_tickMilliseconds, nameof(tick));
    }

    /// <summary>How many items are on the wheel.</summary>
    public int Count { get; private set; }

    /// <summary>Puts an item on the wheel.</summary>
    /// <param name="item">What.</param>
    /// <param name="due">When, in milliseconds; what is past falls due at the next tick.</param>
    public void Schedule(T item, long due)
    {
        // Rounded up: early would be wrong, a tick late is not.
        var tick = Math.Max(_position + 1, (due + _tickMilliseconds - 1) / _tickMilliseconds);
        ref var slot = ref _slots[tick % SlotCount];
        slot ??= [];
        slot.Add((item, tick));
        Count++;
    }

    /// <summary>
    /// Turns the wheel to now, and calls <paramref name="fellDue"/> with each item that fell due on the way; it is off the wheel
    /// then.
    /// </summary>
    public void Advance(long now, Action<T> fellDue)
    {
        var target = now / _tickMilliseconds;
        var last = Math.Min(target, _position + SlotCount);
        for (var tick = _position + 1; tick <= last; tick++)
        {
            Collect(_slots[tick % SlotCount], target);
        }

        _position = Math.Max(_position, target);
        Count -= _due.Count;
        foreach (var item in _due)
        {
            fellDue(item);
        }

        _due.Clear();
    }

    private void Collect(List<(T Item, long Tick)>? slot, long target)
    {
        if (slot is null)
        {
            return;
        }

        var retained = 0;
        for (var i = 0; i < slot.Count; i++)
        {
            var entry = slot[i];
            if (entry.Tick <= target)
            {
                _due.Add(entry.Item);
            }
            else
            {
                // A later turn of the wheel.
                slot[retained++] = entry;
            }
        }

        slot.RemoveRange(retained, slot.Count - retained);
    }
}
