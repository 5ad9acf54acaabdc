using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State;

/// <summary>
/// The last known state of every entity, followed from JetStream so that no last value is ever wrong (docs/architecture.md, "Streams
/// and buckets").
/// </summary>
public interface IStateStore
{
    /// <summary>
    /// Completes when the stored states have been read, their stream is followed, and it is known how events are numbered.
    /// </summary>
    Task Ready { get; }

    /// <summary>An entity's last state; false when none has come.</summary>
    bool TryGet(EntityId entity, [NotNullWhen(true)] out EntityState? state);

    /// <summary>
    /// Calls the listener with every state there is and the events of the last 30 s, and from now on with every change, in stream
    /// order.
    /// </summary>
    IDisposable Subscribe(IStateListener listener);

    /// <summary>What was wrong with this device's states, newest first, at most 20, for its diagnostics.</summary>
    IReadOnlyList<StateProblemSeen> ProblemsOf(DeviceId id);

    /// <summary>Notes what was wrong in a device's answer to a command, with the wrong values of its states.</summary>
    void NoteProblem(DeviceId id, StateProblem problem);
}

/// <summary>A wrong value that a device published, retained for its diagnostics.</summary>
/// <param name="Path">The entity's key, with the attribute where one is wrong: <c>heating.temperature</c>.</param>
/// <param name="Message">What is wrong and what would be right.</param>
/// <param name="Count">How often.</param>
/// <param name="LastSeen">When last.</param>
/// <param name="IsWarning">Whether nothing became unknown: a value was left out, and a likely one is assumed.</param>
public sealed record StateProblemSeen(string Path, string Message, long Count, DateTimeOffset LastSeen, bool IsWarning = false);
