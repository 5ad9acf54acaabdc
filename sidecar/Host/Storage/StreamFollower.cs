using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage;

/// <summary>
/// Reads a stream in its order with a pull consumer of its own, and goes on behind the last message that was read after whatever
/// ended the consumer: a gap, a lost connection, missing heartbeats. Every feature that follows a stream or a bucket does it with
/// this class. The client's ordered consumer does the same, but names its filters in a way that nats-server 2.9 ignores.
/// </summary>
public sealed partial class StreamFollower : IDisposable
{
    private const int NotFound = 404;

    /// <summary>An attempt that lasted longer was no failure: the back-off starts from the beginning.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(10);

    /// <summary>How long the server keeps a consumer that nobody reads.</summary>
    private static readonly TimeSpan Unread = TimeSpan.FromMinutes(1);

    /// <summary>How long nothing may come before it is asked whether anything is left to catch up with.</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(1);

    private readonly Meter _meter = new("HaNatsBridge.Storage");
    private readonly Counter<long> _restarts;
    private readonly ConcurrentDictionary<Following, bool> _running = new();
    private readonly IHomeStorage _storage;
    private readonly TimeProvider _time;
    private readonly ILogger<StreamFollower> _log;

    public StreamFollower(IHomeStorage storage, TimeProvider time, ILogger<StreamFollower> log)
    {
        _storage = storage;
        _time = time;
        _log = log;
        _restarts = _meter.CreateCounter<long>("stream.follow_restarts", null, "How often following a stream was interrupted");
    }

    /// <summary>The streams that are followed now, each with the last sequence that was read.</summary>
    internal IEnumerable<(string Stream, ulong Sequence)> Positions =>
        _running.Keys.Select(following => (following.Start.Stream, following.Read));

    /// <summary>Reads what is stored and then whatever comes, until it is cancelled. It survives outages and logs them.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task FollowAsync(StreamStart start, IStreamReader reader, CancellationToken cancellationToken) =>
        RunAsync(new Following(start, reader), endsCaughtUp: false, cancellationToken);

    /// <summary>Reads what is stored, and ends.</summary>
    /// <returns>The last sequence that was read; 0: none.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ulong> ReadAsync(StreamStart start, IStreamReader reader, CancellationToken cancellationToken)
    {
        var following = new Following(start, reader);
        await RunAsync(following, endsCaughtUp: true, cancellationToken);
        return following.Read;
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private async Task RunAsync(Following following, bool endsCaughtUp, CancellationToken cancellationToken)
    {
        var backOff = new OutageBackOff(_time);
        _running[following] = true;
        try
        {
            while (!(endsCaughtUp && following.HasCaughtUp))
            {
                var began = _time.GetTimestamp();
                try
                {
                    await ConsumeAsync(following, endsCaughtUp, cancellationToken);
                    continue;
                }
                catch (Exception exception)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    _restarts.Add(1, new KeyValuePair<string, object?>("stream", following.Start.Stream));
                    LogInterrupted(following.Start.Stream, following.Read, exception.Message);
                }

                if (_time.GetElapsedTime(began) > Lasting)
                {
                    backOff.Reset();
                }

                await backOff.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            _running.TryRemove(following, out _);
        }
    }

    /// <summary>Until the consumer fails, or, where that is wanted, until all that is stored has been read.</summary>
    private async Task ConsumeAsync(Following following, bool endsCaughtUp, CancellationToken cancellationToken)
    {
        var stream = await _storage.JetStream.GetStreamAsync(following.Start.Stream, cancellationToken: cancellationToken);
        if (following.TryOpen(stream.Info))
        {
            LogAnew(following.Start.Stream, following.Start.After, stream.Info.State.LastSeq);
        }

        if (!following.HasCaughtUp && !await HasMoreAsync(stream, following, cancellationToken))
        {
            following.CatchUp();
        }

        if (endsCaughtUp && following.HasCaughtUp)
        {
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var connection = _storage.JetStream.Connection;
        string? interruption = null;
        connection.ConnectionDisconnected += OnLost;
        var consumer = await CreateAsync();
        var consumeOpts = following.ConsumeOpts with { NotificationHandler = OnNotification };
        var messages = consumer.ConsumeAsync(NatsRawSerializer<NatsMemoryOwner<byte>>.Default, consumeOpts, end.Token)
            .GetAsyncEnumerator(end.Token);
        Task<bool>? pending = null;
        try
        {
            while (true)
            {
                if (following.HasCaughtUp)
                {
                    // The ordinary way, without a task for each message.
                    if (!await messages.MoveNextAsync())
                    {
                        break;
                    }
                }
                else
                {
                    pending = messages.MoveNextAsync().AsTask();
                    await WaitAsync(pending, stream, following, cancellationToken);
                    if (endsCaughtUp && following.HasCaughtUp)
                    {
                        return;
                    }

                    if (!await pending)
                    {
                        break;
                    }
                }

                Take(following, messages.Current, consumer);
                if (endsCaughtUp && following.HasCaughtUp)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (interruption is not null)
        {
            throw new NatsJSException(interruption);
        }
        finally
        {
            connection.ConnectionDisconnected -= OnLost;
            await end.CancelAsync();
            await (pending ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await messages.DisposeAsync();
        }

        throw new NatsJSException("the consumer ended");

        async Task<INatsJSConsumer> CreateAsync()
        {
            try
            {
                return await _storage.JetStream.CreateOrUpdateConsumerAsync(following.Start.Stream, following.ConsumerConfig(), end.Token);
            }
            catch
            {
                connection.ConnectionDisconnected -= OnLost;
                throw;
            }
        }

        // What was on its way when the connection was lost does not come again, and where nothing follows it no gap shows it.
        async ValueTask OnLost(object? sender, NatsEventArgs arguments) => await InterruptAsync("the connection was lost");

        Task OnNotification(INatsJSNotification notification, CancellationToken token) =>
            notification is NatsJSTimeoutNotification or NatsJSNoRespondersNotification ? InterruptAsync("the consumer does not answer") : Task.CompletedTask;

        async Task InterruptAsync(string reason)
        {
            interruption ??= reason;
            await end.CancelAsync();
        }
    }

    /// <summary>
    /// Waits for the next message, or until none is left to catch up with: what was to come may have been deleted.
    /// </summary>
    private async Task WaitAsync(Task<bool> next, INatsJSStream stream, Following following, CancellationToken cancellationToken)
    {
        while (!next.IsCompleted)
        {
            await Task.WhenAny(next, Task.Delay(Stall, _time, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (!next.IsCompleted && !await HasMoreAsync(stream, following, cancellationToken))
            {
                following.CatchUp();
                return;
            }
        }
    }

    /// <summary>Whether a message is stored that has not been read. Notes the last one.</summary>
    private static async Task<bool> HasMoreAsync(INatsJSStream stream, Following following, CancellationToken cancellationToken)
    {
        try
        {
            var request = new StreamMsgGetRequest { LastBySubj = following.Start.Subject };
            var last = (await stream.GetAsync(request, cancellationToken)).Message;
            following.Target = last.Seq;
            return last.Seq > following.Read && !(following.Start.Since is { } since && last.Time < since);
        }
        catch (NatsJSApiException exception) when (exception.Error.Code == NotFound)
        {
            return false;
        }
    }

    private void Take(Following following, INatsJSMsg<NatsMemoryOwner<byte>> message, INatsJSConsumer consumer)
    {
        using var payload = message.Data;
        if (message.Metadata is not { } metadata)
        {
            return;
        }

        following.EnsureNoGap(metadata, consumer.Info);
        var sequence = metadata.Sequence.Stream;
        var age = following.HasWaited(metadata, consumer.Info) ? _time.GetUtcNow() - metadata.Timestamp : TimeSpan.Zero;
        try
        {
            following.Reader.Read(new StreamMessage
            {
                Subject = message.Subject,
                Headers = message.Headers,
                Payload = payload.Span,
                Sequence = sequence,
                StoredAt = metadata.Timestamp,
                Age = age > TimeSpan.Zero ? age : TimeSpan.Zero,
                IsLast = metadata.NumPending == 0,
            });
        }
        catch (Exception exception)
        {
            // One bad message never stops its neighbours.
            LogUnreadable(exception, sequence, following.Start.Stream, message.Subject);
        }

        following.Read = sequence;
        if (!following.HasCaughtUp && (sequence >= following.Target || metadata.NumPending == 0))
        {
            following.CatchUp();
        }
    }

    [LoggerMessage(1240, LogLevel.Warning, "Following {Stream} was interrupted after {Sequence} and resumes there: {Reason}")]
    private partial void LogInterrupted(string stream, ulong sequence, string reason);

    [LoggerMessage(1241, LogLevel.Error, "The message {Sequence} of {Stream} on {Subject} was left out: reading it failed")]
    private partial void LogUnreadable(Exception exception, ulong sequence, string stream, string subject);

    [LoggerMessage(1242, LogLevel.Warning, "{Stream} ends at {Last}, before {After}: it is read from its first message")]
    private partial void LogAnew(string stream, ulong after, ulong last);

    /// <summary>One stream that is read, and how far.</summary>
    private sealed class Following(StreamStart start, IStreamReader reader)
    {
        private ulong _read = start.After;
        private string? _consumer;
        private bool _isLive;
        private ulong _delivered;
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
            // The last of each subject is delivered only where a filter says of which ones.
            var config = new ConsumerConfig($"follow-{Guid.NewGuid():N}")
            {
                AckPolicy = ConsumerConfigAckPolicy.None,
                DeliverPolicy = ConsumerConfigDeliverPolicy.All,
                FilterSubject = Start.IsFiltered || Start.LastPerSubject ? Start.Subject : null,
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

        public void CatchUp()
        {
            HasCaughtUp = true;
            Reader.CaughtUp();
        }

        /// <summary>Everything that the consumer delivers is numbered without a gap.</summary>
        /// <exception cref="NatsJSException">Something is missing.</exception>
        public void EnsureNoGap(NatsJSMsgMetadata message, ConsumerInfo consumer)
        {
            if (consumer.Name != _consumer)
            {
                (_consumer, _isLive, _delivered) = (consumer.Name, false, 0);
            }

            if (message.Sequence.Consumer != ++_delivered)
            {
                throw new NatsJSException("messages are missing");
            }
        }

        /// <summary>
        /// Whether a message was stored before the consumer was made that delivers it, and not while the stream was followed.
        /// </summary>
        public bool HasWaited(NatsJSMsgMetadata message, ConsumerInfo consumer)
        {
            _isLive = _isLive || message.Sequence.Consumer > consumer.NumPending;
            var waited = !_isLive;

            // What comes next did not wait, also where less was to come than the consumer was promised.
            _isLive = _isLive || message.NumPending == 0;
            return waited;
        }
    }
}
