using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>
/// A connection to a NATS server or cluster that connects at the first command and comes back after every loss. Safe for concurrent use; one a process is enough.
/// </summary>
public partial class NatsConnection : INatsConnection
{
    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private readonly ObjectPool<NatsBufferWriter<byte>> _bodies;
    private readonly OutboundBuffer _outbound;
    private readonly SubscriptionManager _subscriptions;
    private readonly SubjectCache _subjects;
    private readonly ServerPool _servers;
    private readonly Connector _connector;
    private readonly EventPump _events;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Timer _pingTimer;
    private readonly string _inboxPrefix;

    private volatile ServerSession? _session;
    private volatile ServerInfo? _serverInfo;
    private int _state;
    private TaskCompletionSource? _opening;
    private Task _life = Task.CompletedTask;
    private Exception? _failure;
    private long _lastInbox;
    private int _disposed;

    public NatsConnection()
        : this(NatsOpts.Default)
    {
    }

    /// <exception cref="ArgumentException">An option cannot be used as it is.</exception>
    public NatsConnection(NatsOpts opts)
    {
        ArgumentNullException.ThrowIfNull(opts);
        SubjectValidator.CheckInboxPrefix(opts.InboxPrefix);
        Opts = opts;
        HeaderParser = new NatsHeaderParser(opts.HeaderEncoding);
        _logger = opts.LoggerFactory.CreateLogger<NatsConnection>();
        _bodies = new ObjectPool<NatsBufferWriter<byte>>(Math.Min(opts.ObjectPoolSize, 16), static _ => new NatsBufferWriter<byte>(1024), static x => x.Dispose());
        _outbound = new OutboundBuffer(opts, _bodies, OnSendFailed);
        _subscriptions = new SubscriptionManager(this, _outbound);
        _subjects = new SubjectCache(opts.SubjectEncoding);
        _servers = new ServerPool(opts.Url, opts.NoRandomize);
        _connector = new Connector(opts, new Authenticator(opts.AuthOpts, _servers.UserInfo), () => OnConnectingAsync);
        _events = new EventPump(_logger);
        _inboxPrefix = $"{opts.InboxPrefix}.{Nuid.NewNuid()}.";
        _pingTimer = new Timer(static state => ((NatsConnection)state!).KeepAlive(), this, Timeout.Infinite, Timeout.Infinite);
    }

    public event AsyncEventHandler<NatsEventArgs>? ConnectionDisconnected;

    public event AsyncEventHandler<NatsEventArgs>? ConnectionOpened;

    public event AsyncEventHandler<NatsEventArgs>? ReconnectFailed;

    public event AsyncEventHandler<NatsMessageDroppedEventArgs>? MessageDropped;

    public event AsyncEventHandler<NatsSlowConsumerEventArgs>? SlowConsumerDetected;

    public event AsyncEventHandler<NatsLameDuckModeActivatedEventArgs>? LameDuckModeActivated;

    public event AsyncEventHandler<NatsServerErrorEventArgs>? ServerError;

    /// <summary>As <see cref="ConnectionOpened"/>, for the client's own parts: at once, however long the handlers of events take. What it calls does not wait and does not throw.</summary>
    internal event Action? Opened;

    /// <summary>Asked before each attempt; may wait, and may name another host and port. What it throws ends the attempt.</summary>
    public Func<(string Host, int Port), ValueTask<(string Host, int Port)>>? OnConnectingAsync { get; set; }

    public INatsConnection Connection => this;

    /// <summary>The read loop's, and only to be used by what it calls.</summary>
    internal WakeList Wakes { get; } = new();

    public NatsOpts Opts { get; }

    public INatsServerInfo? ServerInfo => _serverInfo;

    public NatsHeaderParser HeaderParser { get; }

    public INatsSubscriptionManager SubscriptionManager => _subscriptions;

    public NatsConnectionState ConnectionState
    {
        get => (NatsConnectionState)Volatile.Read(ref _state);
        private set => Volatile.Write(ref _state, (int)value);
    }

    public string NewInbox() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{_inboxPrefix}{Interlocked.Increment(ref _lastInbox)}");

    public BoundedChannelOptions GetBoundedChannelOpts(NatsSubChannelOpts? subChannelOpts) =>
        new(subChannelOpts?.Capacity ?? Opts.SubPendingChannelCapacity)
        {
            FullMode = subChannelOpts?.FullMode ?? Opts.SubPendingChannelFullMode,
            AllowSynchronousContinuations = false,
        };

    public void OnMessageDropped<T>(NatsSubBase natsSub, int pending, NatsMsg<T> msg)
    {
        ArgumentNullException.ThrowIfNull(natsSub);
        if (MessageDropped is { } handlers)
        {
            _events.RaiseLossy(nameof(MessageDropped), handlers, this, new NatsMessageDroppedEventArgs(natsSub, pending, msg.Subject, msg.ReplyTo, msg.Headers, msg.Data));
        }

        if (natsSub.TryMarkSlowConsumer())
        {
            _events.RaiseLossy(nameof(SlowConsumerDetected), SlowConsumerDetected, this, new NatsSlowConsumerEventArgs(natsSub));
            if (!Opts.SuppressSlowConsumerWarnings)
            {
                Log.SlowConsumer(_logger, natsSub.Subject);
            }
        }
    }

    /// <summary>Drains if so configured, hands what was published to the server (bounded wait), ends all subscriptions, closes.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            // Under the lock: a connect that began before it is seen below, none begins after it.
            if (_disposed != 0)
            {
                return;
            }

            Volatile.Write(ref _disposed, 1);
        }

        GC.SuppressFinalize(this);
        if (ConnectionState == NatsConnectionState.Open)
        {
            await LeaveAsync();
        }

        await _disposing.CancelAsync();
        _session?.Abort(new NatsException("The connection was disposed"));

        // Before and after the read loop has ended: it may stand before a full subscription that nobody reads any more, and somebody may come meanwhile.
        await EndSubscriptionsAsync();
        await _life;
        await _pingTimer.DisposeAsync();
        await EndSubscriptionsAsync();
        _outbound.Close(new ObjectDisposedException(nameof(NatsConnection)));
        ConnectionState = NatsConnectionState.Closed;
        await _events.StopAsync(Opts.CommandTimeout);
        _outbound.Dispose();
        _disposing.Dispose();
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);

    private async ValueTask EndSubscriptionsAsync()
    {
        foreach (var sub in _subscriptions.All)
        {
            await sub.UnsubscribeAsync();
        }
    }

    /// <summary>Before closing: drain, then a PING whose PONG says that the server has everything.</summary>
    private async ValueTask LeaveAsync()
    {
        if (Opts.DrainSubscriptionsOnDispose)
        {
            await DrainAllAsync();
        }

        var limit = Opts.CommandTimeout < MaxFlushOnDispose ? Opts.CommandTimeout : MaxFlushOnDispose;
        var waiter = new PingWaiter();
        if (_outbound.WritePing(waiter))
        {
            await Task.WhenAny(waiter.Task, Task.Delay(limit));
        }
    }
}
