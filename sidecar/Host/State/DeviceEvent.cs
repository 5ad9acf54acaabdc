using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State;

/// <summary>A moment that a device reported (a ring, a press): delivered once, never replayed from a snapshot.</summary>
/// <param name="Entity">The event entity.</param>
/// <param name="EventType">One of its <c>event_types</c>.</param>
/// <param name="Attributes">A JSON object, UTF-8; <c>{}</c> when there are none.</param>
/// <param name="StreamSequence">Where it stands in HOME_EVENTS: tells it from every other event, also over a restart of the sidecar.</param>
/// <param name="At">When the server stored it.</param>
public sealed record DeviceEvent(EntityId Entity, string EventType, ReadOnlyMemory<byte> Attributes, ulong StreamSequence, DateTimeOffset At);
