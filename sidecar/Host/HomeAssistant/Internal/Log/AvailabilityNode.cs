namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>Only a device's availability changed.</summary>
internal sealed class AvailabilityNode(DeviceRecord record) : LogNode
{
    public DeviceRecord Record { get; } = record;
}
