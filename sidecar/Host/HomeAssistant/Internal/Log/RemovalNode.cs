using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>A device was forgotten. Kept after it is back, so that a client that missed both drops the old states first.</summary>
internal sealed class RemovalNode(DeviceId id) : LogNode
{
    public DeviceId Id { get; } = id;
}
