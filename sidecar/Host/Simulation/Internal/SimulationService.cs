using HaNatsBridge.Devices;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>The simulated devices beside the sidecar.</summary>
internal sealed class SimulationService(
    BridgeOptions options, IEmbeddedServer server, TimeProvider time, ILogger<SimulationService> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Simulate == 0)
        {
            // A background service that ends restarts the host.
            return Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
        }

        var login = server.IsUsed ? SimulationLogin.For(options, server.Access) : SimulationLogin.For(options);
        return new SimulatedHome(login, options.Simulate, time, logger).RunAsync(stoppingToken);
    }
}

/// <summary>As whom simulated devices log in: without credentials where that is allowed, else as the sidecar itself.</summary>
internal static class SimulationLogin
{
    public static DeviceConnectionOptions For(BridgeOptions options, ServerAccess access) => access.IsOpen
        ? Options(options, access.Url, NatsClientOptions.TlsOf(access))
        : Options(options, access.Url, NatsClientOptions.TlsOf(access)) with { User = access.Home.User, Password = access.Home.Password };

    public static DeviceConnectionOptions For(BridgeOptions options) =>
        Options(options, options.Nats.Url ?? new DeviceConnectionOptions().Url, NatsClientOptions.TlsOf(options.Nats)) with { CredsFile = options.Nats.Creds };

    public static NatsDiagnosis DiagnosisOf(BridgeOptions options, DeviceConnectionOptions login)
    {
        var auth = new NatsAuthOpts { CredsFile = login.CredsFile };
        var tls = NatsClientOptions.TlsOf(options.Nats);
        return new NatsDiagnosis(NatsClientOptions.ShortLived(login.Url, auth, tls, "hanatsbridge simulate"));
    }

    private static DeviceConnectionOptions Options(BridgeOptions options, string url, NatsTlsOpts tls) => new()
    {
        Url = url,
        Prefix = options.Prefix,
        Configure = nats => NatsClientOptions.Simulated(nats, tls),
    };
}
