using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>A state in a batch.</summary>
/// <param name="Entity">Whose.</param>
/// <param name="Value">The normalised value, JSON, UTF-8: it replaces the entity's whole state.</param>
public readonly record struct StateEntry(EntityId Entity, ReadOnlyMemory<byte> Value);
