using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>A moment that a device reported.</summary>
/// <param name="occurred">What.</param>
/// <param name="era">Which numbering its id belongs to.</param>
/// <param name="heardAt">When it was heard, on the monotonic clock (a device's or server's clock may be wrong).</param>
internal sealed class EventNode(DeviceEvent occurred, EventPosition? era, long heardAt) : LogNode
{
    public DeviceEvent Occurred { get; } = occurred;

    public EventPosition? Era { get; } = era;

    public long HeardAt { get; } = heardAt;
}
