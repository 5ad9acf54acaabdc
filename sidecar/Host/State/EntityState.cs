using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State;

/// <summary>An entity's last known state. Immutable: a change makes a new one.</summary>
/// <param name="Entity">Whose.</param>
/// <param name="Value">The normalised JSON value of docs/protocol.md, UTF-8: a scalar, null, or an object with <c>state</c> and attributes.</param>
/// <param name="StreamSequence">Where it stands in HOME_TELEMETRY; larger is newer, whatever a device's clock says. 0: none has come.</param>
public sealed record EntityState(EntityId Entity, ReadOnlyMemory<byte> Value, ulong StreamSequence)
{
    /// <summary>Whether it was heard from the device a moment before the stream stored it: it is then newer than <see cref="StreamSequence"/>, and taken back if the stream does not have it.</summary>
    public bool IsAhead { get; init; }
}
