using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>As whom simulated devices come: without credentials where that is allowed, else as the sidecar itself.</summary>
internal static class SimulationLogin
{
    public static NatsOpts For(ServerAccess access) => NatsClientOptions.Device(
        access.Url, access.IsOpen ? NatsAuthOpts.Default : new NatsAuthOpts { Username = access.Home.User, Password = access.Home.Password });

    public static NatsOpts For(NatsOptions options) => NatsClientOptions.Device(
        options.Url ?? "nats://127.0.0.1:4222", options.Creds is { } file ? new NatsAuthOpts { CredsFile = file } : NatsAuthOpts.Default);
}
