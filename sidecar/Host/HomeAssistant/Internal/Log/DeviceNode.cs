namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>A device is new or described anew.</summary>
internal sealed class DeviceNode(DeviceRecord record) : LogNode
{
    public DeviceRecord Record { get; } = record;
}
