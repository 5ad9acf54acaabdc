using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State;

/// <summary>
/// Is called with states and events: in order, one call at a time, without a lock held. Implementations must neither block nor
/// throw.
/// </summary>
public interface IStateListener
{
    /// <summary>An entity has a new state, different from the last or forced.</summary>
    void StateChanged(EntityState state);

    /// <summary>An entity's state is gone with its device or description.</summary>
    void StateRemoved(EntityId entity);

    /// <summary>
    /// All states that there are for a new description of a device have been reported, also those that were published before it
    /// was announced.
    /// </summary>
    /// <param name="description">The description, as the registry reported it.</param>
    void StatesComplete(DeviceDescription description);

    /// <summary>How the events of this run are numbered. Called once, before the first event.</summary>
    /// <param name="epoch">The stream that the sequences belong to: the same for every sidecar, and after a restart.</param>
    /// <param name="end">The last sequence when this run began: what has a larger one is new.</param>
    void EventsNumbered(string epoch, ulong end);

    /// <summary>A device reported an event.</summary>
    void EventOccurred(DeviceEvent occurred);
}
