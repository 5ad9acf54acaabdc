using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>One stream that <see cref="StreamFollower"/> reads, and how far.</summary>
internal sealed class Following(StreamStart start, IStreamReader reader, bool endsCaughtUp)
{
    /// <summary>How long the server retains a consumer that is not read.</summary>
    private static readonly TimeSpan Unread = TimeSpan.FromMinutes(1);

    private ulong _read = start.After;
    private ulong _delivered;
    private ulong _waiting;
    private bool _isLive;
    private bool _isOpen;

    public StreamStart Start { get; } = start;

    public IStreamReader Reader { get; } = reader;

    /// <summary>The last sequence that was read.</summary>
    public ulong Read
    {
        get => Volatile.Read(ref _read);
        set => Volatile.Write(ref _read, value);
    }

    /// <summary>The last sequence that there was to catch up with.</summary>
    public ulong Target { get; set; }

    public bool HasCaughtUp { get; private set; }

    /// <summary>Whether all is read that was wanted.</summary>
    public bool IsDone => endsCaughtUp && HasCaughtUp;

    public NatsJSConsumeOpts ConsumeOpts { get; } = new()
    {
        MaxMsgs = start.Buffer,
        ThresholdMsgs = start.Buffer / 2,
        Expires = TimeSpan.FromSeconds(30),
        IdleHeartbeat = TimeSpan.FromSeconds(2),
    };

    /// <summary>A consumer behind what was read, which the server holds in memory and expects no acknowledgements of.</summary>
    public ConsumerConfig ConsumerConfig()
    {
        // The server delivers the last of each subject only with a filter.
        var config = new ConsumerConfig($"follow-{Guid.NewGuid():N}")
        {
            AckPolicy = ConsumerConfigAckPolicy.None,
            DeliverPolicy = ConsumerConfigDeliverPolicy.All,
            FilterSubject = Start.IsFiltered || Start.LastPerSubject ? Start.Subject : null,
            HeadersOnly = Start.HeadersOnly,
            InactiveThreshold = Unread,
            MemStorage = true,
            NumReplicas = 1,
        };
        if (Read > 0)
        {
            config.DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence;
            config.OptStartSeq = Read + 1;
        }
        else if (Start.Since is { } since)
        {
            config.DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartTime;
            config.OptStartTime = since;
        }
        else if (Start.LastPerSubject)
        {
            config.DeliverPolicy = ConsumerConfigDeliverPolicy.LastPerSubject;
        }

        return config;
    }

    /// <summary>
    /// The first time: introduces the stream. True: it ends before the start, and is read from its first message.
    /// </summary>
    public bool TryOpen(StreamInfo stream)
    {
        if (_isOpen)
        {
            return false;
        }

        _isOpen = true;
        Reader.Opened(stream.Created, stream.State.LastSeq);
        if (Read <= stream.State.LastSeq)
        {
            return false;
        }

        Read = 0;
        return true;
    }

    /// <summary>A new consumer was made.</summary>
    public void Begin(ConsumerInfo consumer) => (_delivered, _waiting, _isLive) = (0, consumer.NumPending, false);

    public void CatchUp()
    {
        HasCaughtUp = true;
        Reader.CaughtUp();
    }

    /// <summary>What the consumer delivers is numbered without a gap.</summary>
    /// <exception cref="NatsJSException">Something is missing.</exception>
    public void EnsureNoGap(NatsJSMsgMetadata message)
    {
        if (message.Sequence.Consumer != ++_delivered)
        {
            throw new NatsJSException("messages are missing");
        }
    }

    /// <summary>Whether a message was stored before the consumer was made, and not while the stream was followed.</summary>
    public bool HasWaited(NatsJSMsgMetadata message)
    {
        _isLive = _isLive || message.Sequence.Consumer > _waiting;
        var waited = !_isLive;

        // What comes next did not wait, also where less was to come than the consumer was promised.
        _isLive = _isLive || message.NumPending == 0;
        return waited;
    }
}

/// <summary>
/// How long a consumer is read: until the connection is lost (what was on its way then does not come again, and where nothing
/// follows no gap shows it), or until it does not answer.
/// </summary>
internal sealed class ConsumerLife : IDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly INatsConnection _connection;

    public ConsumerLife(INatsConnection connection, CancellationToken cancellationToken)
    {
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _connection = connection;
        _connection.ConnectionDisconnected += OnLost;
    }

    public CancellationToken Token => _end.Token;

    /// <summary>What ended it; null: nothing did, or it was no longer needed.</summary>
    public string? Interruption { get; private set; }

    /// <summary>Ends it.</summary>
    /// <param name="interruption">Why it has to be made again; null: it need not be.</param>
    public async Task EndAsync(string? interruption = null)
    {
        Interruption ??= interruption;
        try
        {
            await _end.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // The connection was lost after the end.
        }
    }

    public Task OnNotification(INatsJSNotification notification, CancellationToken cancellationToken) =>
        notification is NatsJSTimeoutNotification or NatsJSNoRespondersNotification
            ? EndAsync("the consumer does not answer")
            : Task.CompletedTask;

    public void Dispose()
    {
        _connection.ConnectionDisconnected -= OnLost;
        _end.Dispose();
    }

    private async ValueTask OnLost(object? sender, NatsEventArgs arguments) => await EndAsync("the connection was lost");
}
