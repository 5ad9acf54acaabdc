using System.Net;
using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>All options of the NATS client, each with its reason. No other file makes any.</summary>
public static class NatsClientOptions
{
    /// <summary>Logs a stack trace for each attempt to connect, every second while a server is away. What a person must know of it, the link logs itself.</summary>
    internal const string NoisyCategory = "NATS.Client.Core.NatsConnection";

    /// <summary>A connection that lasts as long as the sidecar and reconnects for ever.</summary>
    internal static NatsOpts Lasting(string url, NatsAuthOpts auth, string name, TimeSpan requestTimeout, ILoggerFactory loggers) => new()
    {
        Url = url,
        AuthOpts = auth,
        Name = name,
        LoggerFactory = loggers,
        RequestTimeout = requestTimeout,

        // Replies to the sidecar are where no credential of a device reaches.
        InboxPrefix = ReplySubject.SidecarInbox,

        // At most a second apart: that is what the first minute of an outage asks for; then LinkPace slows it down.
        ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
        ReconnectWaitMax = TimeSpan.FromSeconds(1),
        ReconnectJitter = TimeSpan.FromMilliseconds(50),

        // For ever, also the first time, and also after a refusal of the credentials: they may just be being changed.
        MaxReconnectRetry = -1,
        RetryOnInitialConnect = true,
        IgnoreAuthErrorAbort = true,

        // A connection that nobody answers on is noticed within half a minute.
        PingInterval = TimeSpan.FromSeconds(10),
        MaxPingOut = 2,

        // What was received and published before the end is still worked on. Each subscription waits for a PONG: the default of 5 s would be longer than the whole end may take.
        DrainSubscriptionsOnDispose = true,
        DrainPingTimeout = TimeSpan.FromSeconds(1),

        // Never Wait: on a connection that also publishes, one full subscription would stall everything until the server cuts it off. Registry counts and answers what is dropped.
        SubPendingChannelFullMode = BoundedChannelFullMode.DropNewest,
    };

    /// <summary>A connection for commands to the server that the home connection uses. It never becomes a second TCP connection (<see cref="CommandConnection"/>).</summary>
    internal static NatsOpts Commands(NatsOpts home, (string Host, int Port) server)
    {
        var seed = new Uri(home.Url.Split(',')[0].Trim() is var first && first.Contains("://", StringComparison.Ordinal) ? first : $"nats://{first}");
        return home with
        {
            Url = new UriBuilder(seed.Scheme, server.Host, server.Port).Uri.ToString(),
            TlsOpts = seed.Scheme == "tls" && IPAddress.TryParse(server.Host, out _) && !IPAddress.TryParse(seed.Host, out _) ? Verifying(home.TlsOpts, seed.Host) : home.TlsOpts,
            Name = $"{home.Name} commands",

            // Whoever makes it tries again, with another one.
            RetryOnInitialConnect = false,

            // A dead line is noticed before the default deadline of a command is over, also where nothing more can be written: then each ping takes as long as the second.
            PingInterval = TimeSpan.FromSeconds(1),
            CommandTimeout = TimeSpan.FromSeconds(1),

            // Nothing is to be sent after the end.
            DrainSubscriptionsOnDispose = false,
        };
    }

    /// <summary>A connection for a question or two: the first failure is the answer.</summary>
    /// <param name="url">The server.</param>
    /// <param name="auth">As whom.</param>
    /// <param name="name">What the server's list of connections shows.</param>
    public static NatsOpts Brief(string url, NatsAuthOpts auth, string name) => new() { Url = url, AuthOpts = auth, Name = name };

    /// <summary>The connection of a simulated device.</summary>
    /// <param name="url">The server.</param>
    /// <param name="auth">As whom.</param>
    public static NatsOpts Device(string url, NatsAuthOpts auth) => new()
    {
        Url = url,
        AuthOpts = auth,

        // As a device should: for ever, also when the server comes later than the device.
        RetryOnInitialConnect = true,
        IgnoreAuthErrorAbort = true,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(200),
        ReconnectWaitMax = TimeSpan.FromSeconds(1),

        // There are many, and each of them sends little.
        WriterBufferSize = 4096,
        ReaderBufferSize = 4096,
    };

    /// <summary>The same under another name.</summary>
    /// <param name="options">The options.</param>
    /// <param name="name">What the server's list of connections shows.</param>
    public static NatsOpts Named(NatsOpts options, string name) => options with { Name = name };

    /// <summary>A server of a cluster that is known by its address only is verified by the configured server's name, as the client does where it finds the address itself.</summary>
    private static NatsTlsOpts Verifying(NatsTlsOpts tls, string name) => tls with
    {
        ConfigureClientAuthentication = options =>
        {
            options.TargetHost = name;
            return ValueTask.CompletedTask;
        },
    };
}
