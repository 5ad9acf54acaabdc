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

/// <summary>An event that a device reported (a ring, a press): delivered once, never replayed from a snapshot.</summary>
/// <param name="Entity">The event entity.</param>
/// <param name="EventType">One of its <c>event_types</c>.</param>
/// <param name="Attributes">A JSON object, UTF-8; <c>{}</c> when there are none.</param>
/// <param name="StreamSequence">
/// Its sequence in HOME_DEVICE_EVENTS, by which it is known among all events, also after a restart of the sidecar.
/// </param>
/// <param name="At">When the server stored it.</param>
public sealed record DeviceEvent(
    EntityId Entity, string EventType, ReadOnlyMemory<byte> Attributes, ulong StreamSequence, DateTimeOffset At);
