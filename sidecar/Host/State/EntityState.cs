using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State;

/// <summary>An entity's last known state. Immutable: a change makes a new one.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="Value">
/// The normalised JSON value of contract/protocol.md, UTF-8: a scalar, null, or an object with <c>state</c> and attributes.
/// </param>
/// <param name="StreamSequence">
/// Its sequence in HOME_TELEMETRY; larger is newer, whatever a device's clock says. 0: none has come.
/// </param>
public sealed record EntityState(EntityId Entity, ReadOnlyMemory<byte> Value, ulong StreamSequence);
