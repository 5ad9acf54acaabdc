using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>As whom simulated devices come: without credentials where that is allowed, else as the sidecar itself.</summary>
internal static class SimulationLogin
{
    private const int SmallBuffer = 4096;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    public static NatsOpts For(ServerAccess access) => With(
        access.Url, access.IsOpen ? NatsAuthOpts.Default : new NatsAuthOpts { Username = access.Home.User, Password = access.Home.Password });

    public static NatsOpts For(NatsOptions options) => With(
        options.Url ?? "nats://127.0.0.1:4222", options.Creds is { } file ? new NatsAuthOpts { CredsFile = file } : NatsAuthOpts.Default);

    private static NatsOpts With(string url, NatsAuthOpts auth) => new()
    {
        Url = url,
        AuthOpts = auth,
        RetryOnInitialConnect = true,
        IgnoreAuthErrorAbort = true,
        ReconnectWaitMin = FirstWait,
        ReconnectWaitMax = LongestWait,
        // There are many, and they say little.
        WriterBufferSize = SmallBuffer,
        ReaderBufferSize = SmallBuffer,
    };
}
