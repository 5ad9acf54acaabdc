using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>What the log knows of one device, announced or not yet.</summary>
internal sealed class DeviceRecord
{
    public DeviceRecord(DeviceId id)
    {
        Id = id;
        Node = new DeviceNode(this);
        AvailabilityNode = new AvailabilityNode(this);
    }

    public DeviceId Id { get; }

    /// <summary>Null until the registry has told of it: a state may be told before the device that it belongs to.</summary>
    public RegisteredDevice? Device { get; set; }

    public DeviceNode Node { get; }

    public AvailabilityNode AvailabilityNode { get; }

    public Dictionary<string, StateNode> States { get; } = new(StringComparer.Ordinal);

    /// <summary>The batch in which it was last put, so that a gateway pulled forward is not put in twice.</summary>
    public long PutInto { get; set; }
}
