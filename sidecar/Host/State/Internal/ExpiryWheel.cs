using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// <c>expire_after</c> for all entities with one timer. A new state only moves its deadline; the entity is scheduled again when
/// it falls due. Guarded by the store's lock.
/// </summary>
internal sealed class ExpiryWheel(TimeProvider time)
{
    public static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly TimingWheel<EntitySlot> _wheel = new(Tick);
    private readonly MonotonicClock _clock = new(time);

    /// <summary>How many deadlines are on the wheel.</summary>
    public int Count => _wheel.Count;

    /// <summary>
    /// A state came, which was stored so long ago: it lasts for the rest of <see cref="EntitySlot.ExpireAfter"/>.
    /// </summary>
    /// <returns>Whether it has expired already.</returns>
    public bool Renew(EntitySlot slot, TimeSpan age)
    {
        if (slot.ExpireAfter == 0)
        {
            return false;
        }

        slot.ExpiresAt = ExpiryOf(slot, age);
        return IsOver(slot);
    }

    /// <summary>The last state is at least so old.</summary>
    /// <returns>Whether it has expired.</returns>
    public bool Shorten(EntitySlot slot, TimeSpan age)
    {
        if (slot.ExpireAfter == 0)
        {
            return false;
        }

        slot.ExpiresAt = Math.Min(slot.ExpiresAt, ExpiryOf(slot, age));
        return IsOver(slot);
    }

    /// <summary>Adds those whose time is over to <paramref name="expired"/>; they wait no more.</summary>
    public void Advance(List<EntitySlot> expired)
    {
        var now = _clock.Now;
        _wheel.Advance(now, slot =>
        {
            if (slot.DueAt == 0 || slot.DueAt > now)
            {
                // An earlier deadline was put on the wheel after this one.
                return;
            }

            slot.DueAt = 0;
            if (slot.ExpireAfter > 0 && IsOver(slot))
            {
                expired.Add(slot);
            }
        });
    }

    private long ExpiryOf(EntitySlot slot, TimeSpan age) => _clock.Now + slot.ExpireAfter - (long)age.TotalMilliseconds;

    /// <summary>Whether the deadline has passed; if not, it is on the wheel.</summary>
    private bool IsOver(EntitySlot slot)
    {
        if (slot.ExpiresAt <= _clock.Now)
        {
            return true;
        }

        if (slot.DueAt == 0 || slot.DueAt > slot.ExpiresAt)
        {
            slot.DueAt = slot.ExpiresAt;
            _wheel.Schedule(slot, slot.DueAt);
        }

        return false;
    }
}
