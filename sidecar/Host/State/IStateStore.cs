using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State;

/// <summary>The last known state of every entity, followed from JetStream so that no last value is ever wrong (architecture.md, "Streams and buckets").</summary>
public interface IStateStore
{
    /// <summary>Completes when the stored states have been read, their stream is being followed, and it is known how moments are numbered.</summary>
    Task Ready { get; }

    /// <summary>An entity's last state; false when none has come.</summary>
    bool TryGet(EntityId entity, [NotNullWhen(true)] out EntityState? state);

    /// <summary>
    /// From now on tells the listener of every change, in stream order, after first telling it of every state there is.
    /// Events are told as they come, and first those younger than 30 s.
    /// </summary>
    IDisposable Subscribe(IStateListener listener);

    /// <summary>What was wrong with this device's states, newest first, at most 20, for its diagnostics.</summary>
    IReadOnlyList<StateProblemSeen> ProblemsOf(DeviceId id);
}
