using HaNatsBridge.Contract.Announcements;

namespace HaNatsBridge.Contract.States;

/// <summary>Takes what a snapshot says, entity by entity. The spans are valid during the call only.</summary>
public interface ISnapshotSink
{
    /// <summary>An entity's whole new state, normalised; <c>null</c> for a wrong value and for a declared key that the snapshot leaves out.</summary>
    void Value(EntityDescription entity, ReadOnlySpan<byte> normalised);

    /// <summary>A wrong value; <see cref="Value"/> follows with <c>null</c>.</summary>
    /// <param name="entity">Whose; null when the message as a whole is wrong, or a key is one of an entity without a state.</param>
    /// <param name="problem">What is wrong.</param>
    void Problem(EntityDescription? entity, StateProblem problem);

    /// <summary>A key that the device has not declared.</summary>
    void Undeclared(ReadOnlySpan<byte> key);
}
