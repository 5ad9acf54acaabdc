using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>An entity's newest state.</summary>
internal sealed class StateNode(EntityId entity) : LogNode
{
    public EntityId Entity { get; } = entity;

    /// <summary>The normalised JSON value, UTF-8.</summary>
    public ReadOnlyMemory<byte> Value { get; set; }
}
