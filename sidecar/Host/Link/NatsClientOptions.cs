using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link.Internal;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>All options of the NATS client, each with its reason. No other file creates any.</summary>
public static class NatsClientOptions
{
    /// <summary>
    /// It logs a stack trace for each attempt to connect, every second during an outage. The link logs what matters.
    /// </summary>
    public const string NoisyCategory = "NATS.Client.Core.NatsConnection";

    /// <summary>
    /// It logs an error with a stack trace when a connection is disposed while it is being opened. A real error closes the
    /// connection, which the link logs.
    /// </summary>
    public const string NoisyWriterCategory = "NATS.Client.Core.Commands.CommandWriter";

    /// <summary>A connection that lives as long as the sidecar and reconnects for ever.</summary>
    internal static NatsOpts LongLived(
        string url, NatsAuthOpts auth, NatsTlsOpts tls, string name, TimeSpan requestTimeout, ILoggerFactory loggers) => new()
    {
        Url = url,
        AuthOpts = auth,
        TlsOpts = tls,
        Name = name,
        LoggerFactory = loggers,
        RequestTimeout = requestTimeout,

        // No credential of a device may publish there.
        InboxPrefix = ReplySubject.SidecarInbox,

        // At most a second apart, for the first minute of an outage; then ReconnectPace slows it down.
        ReconnectWaitMin = TimeSpan.FromMilliseconds(50),
        ReconnectWaitMax = TimeSpan.FromSeconds(1),
        ReconnectJitter = TimeSpan.FromMilliseconds(50),

        // For ever, also the first time, and also after the credentials were refused: they may be changed at this moment.
        MaxReconnectRetry = -1,
        RetryOnInitialConnect = true,
        IgnoreAuthErrorAbort = true,

        // A dead line is noticed within half a minute.
        PingInterval = TimeSpan.FromSeconds(10),
        MaxPingOut = 2,

        // Messages that were received before the end are still processed, and published ones are sent. Each subscription waits
        // for a PONG: with the default of 5 s the end would take too long.
        DrainSubscriptionsOnDispose = true,
        DrainPingTimeout = TimeSpan.FromSeconds(1),

        // Never Wait: on a connection that also publishes, one full subscription would stall everything until the server closes
        // the connection. The registry counts dropped messages and answers them.
        SubPendingChannelFullMode = BoundedChannelFullMode.DropNewest,
    };

    /// <summary>
    /// A connection for commands, to the server that the home connection uses (<see cref="CommandConnection"/>).
    /// </summary>
    internal static NatsOpts Commands(NatsOpts home, (string Host, int Port) server)
    {
        var first = home.Url.Split(',')[0].Trim();
        var seed = new Uri(first.Contains("://", StringComparison.Ordinal) ? first : $"nats://{first}");
        var isKnownByAddressOnly = IPAddress.TryParse(server.Host, out _) && !IPAddress.TryParse(seed.Host, out _);
        return home with
        {
            Url = new UriBuilder(seed.Scheme, server.Host, server.Port).Uri.ToString(),
            TlsOpts = seed.Scheme == "tls" && isKnownByAddressOnly ? Verifying(home.TlsOpts, seed.Host) : home.TlsOpts,
            Name = $"{home.Name} commands",

            // CommandLink tries again, with a new connection.
            RetryOnInitialConnect = false,

            // A dead line is noticed before the default deadline of a command is over. Where nothing more can be written, each
            // ping takes as long as the second of the two.
            PingInterval = TimeSpan.FromSeconds(1),
            CommandTimeout = TimeSpan.FromSeconds(1),

            // Nothing may be sent after the end.
            DrainSubscriptionsOnDispose = false,
        };
    }

    /// <summary>
    /// A connection that looks at what passes, without reading it: what would be too much for it must not delay the home
    /// connection, which the server would close then.
    /// </summary>
    internal static NatsOpts Watching(NatsOpts home, string name, INatsSerializerRegistry reading) => home with
    {
        Name = $"{home.Name} {name}", SerializerRegistry = reading, DrainSubscriptionsOnDispose = false,
    };

    /// <summary>A connection for a few requests: the first failure is the result.</summary>
    /// <param name="url">The server.</param>
    /// <param name="auth">The credentials.</param>
    /// <param name="tls">How the server is verified.</param>
    /// <param name="name">The name in the server's list of connections.</param>
    public static NatsOpts ShortLived(string url, NatsAuthOpts auth, NatsTlsOpts tls, string name) =>
        new() { Url = url, AuthOpts = auth, TlsOpts = tls, Name = name };

    /// <summary>Whether a certificate is the embedded server's own (<see cref="ServerPin"/>).</summary>
    public static Func<X509Certificate, bool> PinOf(ServerTls tls)
    {
        var pin = new ServerPin(tls.CertFile);
        return shown => pin.Accepts(tls, shown, null, SslPolicyErrors.None);
    }

    /// <summary>How the embedded server is verified (<see cref="ServerPin"/>).</summary>
    public static NatsTlsOpts TlsOf(ServerAccess access)
    {
        if (access.Tls is not { } tls)
        {
            return NatsTlsOpts.Default;
        }

        var pin = new ServerPin(tls.CertFile);
        return new NatsTlsOpts
        {
            Mode = TlsMode.Require,
            ConfigureClientAuthentication = options =>
            {
                options.RemoteCertificateValidationCallback = pin.Accepts;
                return ValueTask.CompletedTask;
            },
        };
    }

    /// <summary>How a configured server is verified: by its issuer where the settings name one, else by the system's.</summary>
    public static NatsTlsOpts TlsOf(NatsOptions options) =>
        options.Ca is { } issuer ? new NatsTlsOpts { Mode = TlsMode.Require, CaFile = issuer } : NatsTlsOpts.Default;

    /// <summary>The same at one of several addresses.</summary>
    internal static NatsOpts At(NatsOpts options, string url) => options with { Url = url };

    /// <summary>A bridge's connection for its devices, beyond what the library for devices sets.</summary>
    /// <param name="device">The library's options.</param>
    /// <param name="tls">How the server is verified.</param>
    public static NatsOpts Bridged(NatsOpts device, NatsTlsOpts tls) => device with { TlsOpts = tls };

    /// <summary>A simulated device's connection, beyond what the library for devices sets.</summary>
    /// <param name="device">The library's options.</param>
    /// <param name="tls">How the server is verified.</param>
    public static NatsOpts Simulated(NatsOpts device, NatsTlsOpts tls) => device with
    {
        TlsOpts = tls,

        // There are many, and each of them sends little.
        WriterBufferSize = 4096,
        ReaderBufferSize = 4096,
    };

    /// <summary>
    /// A server whose name is not known is verified by the name of the configured one, as the client does it on its own.
    /// </summary>
    private static NatsTlsOpts Verifying(NatsTlsOpts tls, string name) => tls with
    {
        ConfigureClientAuthentication = options =>
        {
            options.TargetHost = name;
            return ValueTask.CompletedTask;
        },
    };
}
