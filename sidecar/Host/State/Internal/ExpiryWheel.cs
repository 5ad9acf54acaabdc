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

    /// <summary>How many entities wait.</summary>
    public int Count => _wheel.Count;

    /// <summary>A state came: it lasts for <see cref="EntitySlot.ExpireAfter"/> from now.</summary>
    public void Renew(EntitySlot slot)
    {
        if (slot.ExpireAfter == 0)
        {
            return;
        }

        slot.ExpiresAt = _clock.Now + slot.ExpireAfter;
        if (!slot.IsOnWheel)
        {
            slot.IsOnWheel = true;
            _wheel.Schedule(slot, slot.ExpiresAt);
        }
    }

    /// <summary>Adds those whose time is over to <paramref name="expired"/>; they wait no more.</summary>
    public void Advance(List<EntitySlot> expired)
    {
        var now = _clock.Now;
        _wheel.Advance(now, slot =>
        {
            slot.IsOnWheel = slot.ExpireAfter > 0 && slot.ExpiresAt > now;
            if (slot.IsOnWheel)
            {
                _wheel.Schedule(slot, slot.ExpiresAt);
            }
            else if (slot.ExpireAfter > 0)
            {
                expired.Add(slot);
            }
        });
    }
}
