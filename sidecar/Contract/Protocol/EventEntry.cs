using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>A moment in a batch.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="Entity">Whose.</param>
/// <param name="EventType">What happened.</param>
/// <param name="Attributes">A JSON object, UTF-8; empty: <c>{}</c>.</param>
/// <param name="At">When the server stored it.</param>
public readonly record struct EventEntry(ulong Id, EntityId Entity, string EventType, ReadOnlyMemory<byte> Attributes, DateTimeOffset At);
