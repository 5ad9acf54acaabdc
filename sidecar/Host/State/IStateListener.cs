using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State;

/// <summary>Hears of states and events: in order, from one thread at a time. Implementations must neither block nor throw.</summary>
public interface IStateListener
{
    /// <summary>An entity has a new state, different from the last or forced.</summary>
    void StateChanged(EntityState state);

    /// <summary>An entity's state is gone with its device or description.</summary>
    void StateRemoved(EntityId entity);

    /// <summary>From now on the sequences of <see cref="EventOccurred"/> belong to this numbering. Told first, and again when HOME_EVENTS was made anew or lost its end.</summary>
    /// <param name="epoch">The stream's incarnation: the same for every sidecar, and after a restart.</param>
    /// <param name="last">What follows has larger numbers than this; 0 for a stream that begins.</param>
    /// <param name="end">Where the stream ends now: what has larger numbers happened after this moment.</param>
    void EventsNumbered(string epoch, ulong last, ulong end);

    /// <summary>Something happened.</summary>
    void EventOccurred(DeviceEvent occurred);
}
