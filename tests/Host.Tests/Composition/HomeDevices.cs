using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Registry;
using Microsoft.Extensions.DependencyInjection;

namespace HaNatsBridge.Host.Tests.Composition;

/// <summary>The features that know the devices, together.</summary>
internal static class HomeDevices
{
    public static IServiceCollection AddHomeDevices(this IServiceCollection services) =>
        services.AddLeadership().AddAvailability().AddDeviceConnections().AddRegistry();
}
