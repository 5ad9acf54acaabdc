namespace HaNatsBridge.Contract.States;

/// <summary>A moment, read and checked.</summary>
/// <param name="EventType">One of the entity's <c>event_types</c>.</param>
/// <param name="Attributes">A JSON object, UTF-8; <c>{}</c> when there are none.</param>
public readonly record struct EventReading(string EventType, ReadOnlyMemory<byte> Attributes);
