using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.HttpDevices.Internal;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.HttpDevices;

/// <summary>
/// HttpDevices: devices that speak HTTP (docs/http.md). The section <c>http</c> of <c>bridge.yaml</c> names them; <c>HttpPoller</c>
/// asks each at its interval, and its commands are requests whose answer is the device's. The section
/// <c>webhooks_out</c> names programs that get events and states of the home as requests (<c>OutgoingHook</c>). Of several sidecars one does it at a time.
/// </summary>
public static class HttpDevicesFeature
{
    /// <summary>Which devices.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Section(
            "Http", "Devices that speak HTTP",
            (options, section) => options.With(new HttpDevicesOptions { Entries = HttpEntries.Read(section) })),
        Setting.Section(
            "Webhooks_Out", "Programs that get events and states as requests",
            (options, section) => options.With(new OutgoingOptions { Hooks = OutgoingHooks.Read(section) })),
    ];

    /// <summary>Registers it.</summary>
    public static IServiceCollection AddHttpDevices(this IServiceCollection services) => services
        .AddSingleton<OutgoingService>()
        .AddHostedService(provider => provider.GetRequiredService<OutgoingService>())
        .AddSingleton<HttpDevicesService>()
        .AddSingleton<IHealthContributor, HttpDevicesHealth>()
        .AddHostedService(provider => provider.GetRequiredService<HttpDevicesService>());
}
