using HaNatsBridge.Host.Availability.Internal;
using HaNatsBridge.Host.Connections.Internal;
using HaNatsBridge.Host.Leadership.Internal;
using HaNatsBridge.Host.Registry.Internal;
using Microsoft.Extensions.DependencyInjection;

namespace HaNatsBridge.Host.Tests.Registry.Support;

/// <summary>The times of a sidecar in a test.</summary>
internal sealed record TestTimings(
    LeaseTimings Lease, AvailabilityTimings Availability, ConnectionTimings Connections, RegistryTimings Registry)
{
    /// <summary>
    /// Quick where a test waits for what must come; and as patient as ever, or more, where something must not come too soon:
    /// there the test puts its clock forward.
    /// </summary>
    public static TestTimings Quick { get; } = new(
        new LeaseTimings
        {
            Renewal = TimeSpan.FromMilliseconds(400),
            Stop = TimeSpan.FromHours(1),
            Takeover = TimeSpan.FromHours(2),
        },
        new AvailabilityTimings { Tick = TimeSpan.FromMilliseconds(50), LongestPause = TimeSpan.FromHours(3) },
        new ConnectionTimings
        {
            Tick = TimeSpan.FromMilliseconds(50),
            DisconnectGrace = TimeSpan.FromMilliseconds(500),
            ServerCheck = TimeSpan.FromSeconds(1),
            SecondLook = TimeSpan.FromMilliseconds(500),
        },
        new RegistryTimings { RemovalCheck = TimeSpan.FromMilliseconds(50) });

    public void Add(IServiceCollection services) =>
        services.AddSingleton(Lease).AddSingleton(Availability).AddSingleton(Connections).AddSingleton(Registry);
}
