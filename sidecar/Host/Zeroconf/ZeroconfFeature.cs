using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Zeroconf.Internal;

namespace HaNatsBridge.Host.Zeroconf;

/// <summary>
/// Zeroconf: advertises the hub in the local network as <c>_hanatsbridge._tcp</c> (multicast DNS, RFC 6762 and 6763), so that Home
/// Assistant offers it. Only where the hub can be reached from there: not on loopback. Never with the access token.
/// </summary>
public static class ZeroconfFeature
{
    /// <summary>The switch that turns it off.</summary>
    public static IReadOnlyList<Setting> Settings { get; } =
    [
        Setting.Switch(
            "NoZeroconf", "--no-zeroconf", "The hub is not advertised in the local network",
            (options, value) => options.With(new ZeroconfOptions { IsOff = value })),
    ];

    /// <summary>Registers the advertisement.</summary>
    public static IServiceCollection AddZeroconf(this IServiceCollection services) =>
        services.AddHostedService<Advertiser>();
}
