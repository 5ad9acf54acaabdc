namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// <c>expire_after</c> for all entities with one timer: each waits in the bucket of its second. A new state only moves its deadline; the entity
/// moves to its new bucket when the old one comes round. Guarded by the store's lock.
/// </summary>
internal sealed class ExpiryWheel
{
    public static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private const int Buckets = 256;

    private readonly List<EntitySlot>[] _buckets = [.. Enumerable.Range(0, Buckets).Select(_ => new List<EntitySlot>())];
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly List<EntitySlot> _again = [];
    private long _done;

    public ExpiryWheel(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
    }

    /// <summary>How many entities wait.</summary>
    public int Count { get; private set; }

    /// <summary>A state came: it lasts for <see cref="EntitySlot.ExpireAfter"/> from now.</summary>
    public void Renew(EntitySlot slot)
    {
        if (slot.ExpireAfter == 0)
        {
            return;
        }

        // Rounded up: it may live a tick longer, never shorter.
        slot.ExpiresAt = ((long)_time.GetElapsedTime(_start).TotalMilliseconds + slot.ExpireAfter + 999) / 1000;
        if (!slot.IsOnWheel)
        {
            slot.IsOnWheel = true;
            Count++;
            _buckets[slot.ExpiresAt % Buckets].Add(slot);
        }
    }

    /// <summary>Adds those whose time is over to <paramref name="expired"/>; they wait no more.</summary>
    public void Advance(List<EntitySlot> expired)
    {
        var now = (long)_time.GetElapsedTime(_start).TotalSeconds;

        // After a long pause one round visits every bucket; more would visit them again.
        for (_done = Math.Max(_done, now - Buckets); _done < now;)
        {
            _done++;
            var bucket = _buckets[_done % Buckets];
            _again.Clear();
            foreach (var slot in bucket)
            {
                if (slot.ExpireAfter > 0 && slot.ExpiresAt > now)
                {
                    _again.Add(slot);
                    continue;
                }

                slot.IsOnWheel = false;
                Count--;
                if (slot.ExpireAfter > 0)
                {
                    expired.Add(slot);
                }
            }

            bucket.Clear();
            foreach (var slot in _again)
            {
                _buckets[slot.ExpiresAt % Buckets].Add(slot);
            }
        }
    }
}
