using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State;

/// <summary>Hears of states and events: in order, from one thread at a time. Implementations must neither block nor throw.</summary>
public interface IStateListener
{
    /// <summary>An entity has a new state, different from the last or forced.</summary>
    void StateChanged(EntityState state);

    /// <summary>
    /// A state with <see cref="EntityState.IsAhead"/> has just been told. Called outside all locks by the thread that reads the connection to NATS, which may be used to pass it
    /// on at once as long as nothing waits.
    /// </summary>
    void AheadTold()
    {
    }

    /// <summary>An entity's state is gone with its device or description.</summary>
    void StateRemoved(EntityId entity);

    /// <summary>Something happened.</summary>
    void EventOccurred(DeviceEvent occurred);
}
