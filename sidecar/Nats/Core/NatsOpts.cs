using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace NATS.Client.Core;

/// <summary>Immutable options of a <see cref="NatsConnection"/>; change them with <c>with</c>. Names and defaults are those of NATS.Net 3.</summary>
public sealed record NatsOpts
{
    public static readonly NatsOpts Default = new();

    /// <summary>
    /// One server or several, comma-separated: <c>nats://host:4222</c>, <c>tls://host</c>, <c>host:4222</c>. User and password, or a token, may stand in
    /// the first URL; <see cref="AuthOpts"/> takes precedence.
    /// </summary>
    public string Url { get; init; } = "nats://localhost:4222";

    /// <summary>What the server's monitoring calls this connection.</summary>
    public string Name { get; init; } = "NATS .NET Client";

    /// <summary>False: the server does not deliver this connection's own messages to it.</summary>
    public bool Echo { get; init; } = true;

    /// <summary>True: the server acknowledges each protocol line. Costs, serves nothing but debugging.</summary>
    public bool Verbose { get; init; }

    /// <summary>Announces that this client understands headers and the no-responders answer.</summary>
    public bool Headers { get; init; } = true;

    public NatsAuthOpts AuthOpts { get; init; } = NatsAuthOpts.Default;

    public NatsTlsOpts TlsOpts { get; init; } = NatsTlsOpts.Default;

    public INatsSerializerRegistry SerializerRegistry { get; init; } = NatsDefaultSerializerRegistry.Default;

    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Bytes that may wait for the socket before a publish waits (default 64 KiB).</summary>
    public int WriterBufferSize { get; init; } = 65536;

    /// <summary>Initial size of the receive buffer, bytes; it grows to hold one message (default 64 KiB).</summary>
    public int ReaderBufferSize { get; init; } = 65536;

    /// <summary>The root of reply subjects; no wildcards, no trailing dot.</summary>
    public string InboxPrefix { get; init; } = "_INBOX";

    /// <summary>True: servers are tried in the order given.</summary>
    public bool NoRandomize { get; init; }

    /// <summary>How often the client pings (default 2 min).</summary>
    public TimeSpan PingInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>So many pings without an answer make the connection stale (default 2).</summary>
    public int MaxPingOut { get; init; } = 2;

    /// <summary>First wait between two rounds over all servers (default 2 s); doubled each round up to <see cref="ReconnectWaitMax"/>.</summary>
    public TimeSpan ReconnectWaitMin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Up to so much is taken at random from or added to a wait (default 100 ms); a wait never exceeds <see cref="ReconnectWaitMax"/>.</summary>
    public TimeSpan ReconnectJitter { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Limit of one attempt: TCP, TLS and the NATS handshake (default 2 s).</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Size of pools of reusable objects.</summary>
    public int ObjectPoolSize { get; init; } = 256;

    /// <summary>How long a request waits for its reply (default 5 s).</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a command waits for room in the write buffer while connected (default 5 s).</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Kept for the official surface; ended subscriptions are removed at once here.</summary>
    public TimeSpan SubscriptionCleanUpInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Encoding of header values. The default writes what is not ASCII as UTF-8, which is ASCII's superset.</summary>
    public Encoding HeaderEncoding { get; init; } = Encoding.ASCII;

    public Encoding SubjectEncoding { get; init; } = Encoding.UTF8;

    /// <summary>Kept for the official surface: has no effect.</summary>
    public bool WaitUntilSent { get; init; }

    /// <summary>Attempts after a loss before giving up (default -1: never).</summary>
    public int MaxReconnectRetry { get; init; } = -1;

    /// <summary>The longest wait between two rounds (default 5 s).</summary>
    public TimeSpan ReconnectWaitMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>False: the same authentication error twice from a server ends the connection for good.</summary>
    public bool IgnoreAuthErrorAbort { get; init; }

    /// <summary>Messages that may wait in a subscription for its reader (default 16384).</summary>
    public int SubPendingChannelCapacity { get; init; } = 16384;

    /// <summary>What happens when a subscription is full; <see cref="BoundedChannelFullMode.Wait"/> stops the whole connection's reading.</summary>
    public BoundedChannelFullMode SubPendingChannelFullMode { get; init; } = BoundedChannelFullMode.DropNewest;

    public NatsRequestReplyMode RequestReplyMode { get; init; } = NatsRequestReplyMode.Direct;

    /// <summary>True: the first connect is retried like a reconnect.</summary>
    public bool RetryOnInitialConnect { get; init; }

    /// <summary>True: a publish while disconnected throws after <see cref="CommandTimeout"/>; false: it waits for the reconnect.</summary>
    public bool PublishTimeoutOnDisconnected { get; init; }

    /// <summary>True: subjects are not looked at before they are sent, which lets them break the protocol.</summary>
    public bool SkipSubjectValidation { get; init; }

    public bool SuppressSlowConsumerWarnings { get; init; }

    /// <summary>True: <c>DisposeAsync</c> unsubscribes, lets messages in flight arrive and readers empty their channels, then closes.</summary>
    public bool DrainSubscriptionsOnDispose { get; init; }

    /// <summary>How long a drain waits for the server's PONG that marks the last message in flight (default 5 s).</summary>
    public TimeSpan DrainPingTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A message larger than this is a protocol violation, whatever the server says (default 64 MiB).</summary>
    public int MaxPayloadHardCap { get; init; } = 64 * 1024 * 1024;
}
