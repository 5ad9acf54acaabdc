using System.Diagnostics.Metrics;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>What the room counts, meter <c>HaNatsBridge.Availability</c>.</summary>
internal sealed class AvailabilityMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "HaNatsBridge.Availability";

    public AvailabilityMetrics(IMeterFactory meters, AvailabilityMachine machine)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "availability.devices.online", () => machine.OnlineCount, description: "Devices that are online");
        meter.CreateObservableCounter("availability.leases.expired", () => machine.Expired, description: "Leases that ran out");
        meter.CreateObservableGauge(
            "availability.leader", () => machine.IsLeading ? 1 : 0, description: "1 where this sidecar decides who is online");
    }
}
