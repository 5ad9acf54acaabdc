using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HaNatsBridge.Host.Storage.Internal;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage;

/// <summary>
/// Reads a stream in its order with a pull consumer of its own, and resumes behind the last message that was read after whatever
/// ended the consumer: a gap, a lost connection, missing heartbeats. Every feature that follows a stream or a bucket does it with
/// this class. The client's ordered consumer does the same, but names its filters in a way that nats-server 2.9 ignores.
/// </summary>
public sealed partial class StreamFollower : IDisposable
{
    private const int NotFound = 404;

    /// <summary>An attempt that lasted longer was no failure: the back-off starts from the beginning.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(10);

    /// <summary>How long nothing may come before it is asked whether anything is left to catch up with.</summary>
    private static readonly TimeSpan Stall = TimeSpan.FromSeconds(1);

    private readonly Meter _meter = new("HaNatsBridge.Storage");
    private readonly Counter<long> _restarts;
    private readonly Counter<long> _unreadable;
    private readonly ConcurrentDictionary<Following, bool> _running = new();
    private readonly IHomeStorage _storage;
    private readonly TimeProvider _time;
    private readonly LogPause _pause;
    private readonly ILogger<StreamFollower> _log;

    /// <summary>Made once a host, by Storage.</summary>
    public StreamFollower(IHomeStorage storage, TimeProvider time, ILogger<StreamFollower> log)
    {
        (_storage, _time, _log, _pause) = (storage, time, log, new LogPause(time));
        _restarts = _meter.CreateCounter<long>("stream.follow_restarts", null, "How often following a stream was interrupted");
        _unreadable = _meter.CreateCounter<long>("stream.unreadable", null, "Messages left out because reading them failed");
    }

    /// <summary>The streams that are followed now, each with the last sequence that was read.</summary>
    internal IEnumerable<(string Stream, ulong Sequence)> Positions =>
        _running.Keys.Select(following => (following.Start.Stream, following.Read));

    /// <summary>Reads what is stored and then whatever comes, until it is cancelled. It survives outages and logs them.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task FollowAsync(StreamStart start, IStreamReader reader, CancellationToken cancellationToken) =>
        RunAsync(new Following(start, reader, endsCaughtUp: false), cancellationToken);

    /// <summary>Reads what is stored, and ends.</summary>
    /// <returns>The last sequence that was read; 0: none.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<ulong> ReadAsync(StreamStart start, IStreamReader reader, CancellationToken cancellationToken)
    {
        var following = new Following(start, reader, endsCaughtUp: true);
        await RunAsync(following, cancellationToken);
        return following.Read;
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private async Task RunAsync(Following following, CancellationToken cancellationToken)
    {
        var backOff = new OutageBackOff(_time);
        _running[following] = true;
        try
        {
            while (!following.IsDone)
            {
                var began = _time.GetTimestamp();
                try
                {
                    await ConsumeAsync(following, cancellationToken);
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

    /// <summary>Until the consumer ends, or, where that is wanted, until all that is stored has been read.</summary>
    private async Task ConsumeAsync(Following following, CancellationToken cancellationToken)
    {
        var jetStream = _storage.JetStream;
        var stream = await jetStream.GetStreamAsync(following.Start.Stream, cancellationToken: cancellationToken);
        if (following.TryOpen(stream.Info))
        {
            LogAnew(following.Start.Stream, following.Start.After, stream.Info.State.LastSeq);
        }

        if (!following.HasCaughtUp && !await HasMoreAsync(stream, following, cancellationToken))
        {
            following.CatchUp();
        }

        if (following.IsDone)
        {
            return;
        }

        using var life = new ConsumerLife(jetStream.Connection, cancellationToken);
        try
        {
            var config = following.ConsumerConfig();
            var consumer = await jetStream.CreateOrUpdateConsumerAsync(following.Start.Stream, config, life.Token);
            following.Begin(consumer.Info);
            var opts = following.ConsumeOpts with { NotificationHandler = life.OnNotification };
            await using var messages = consumer
                .ConsumeAsync(NatsRawSerializer<NatsMemoryOwner<byte>>.Default, opts, life.Token).GetAsyncEnumerator(life.Token);
            while (following.HasCaughtUp ? await messages.MoveNextAsync() : await CatchUpAsync(messages, stream, following, life))
            {
                Take(following, messages.Current);
                if (following.IsDone)
                {
                    await life.EndAsync();
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Interrupted, or done.
        }

        if (!following.IsDone)
        {
            throw new NatsJSException(life.Interruption ?? "the consumer ended");
        }
    }

    /// <summary>
    /// The next message. Where none comes for a while it is asked whether any is left to catch up with: what was to come may have
    /// been deleted.
    /// </summary>
    private async Task<bool> CatchUpAsync(
        IAsyncEnumerator<INatsJSMsg<NatsMemoryOwner<byte>>> messages,
        INatsJSStream stream,
        Following following,
        ConsumerLife life)
    {
        var next = messages.MoveNextAsync().AsTask();
        try
        {
            while (!next.IsCompleted && !following.HasCaughtUp)
            {
                await Task.WhenAny(next, Task.Delay(Stall, _time, life.Token));
                if (!next.IsCompleted && !await HasMoreAsync(stream, following, life.Token))
                {
                    following.CatchUp();
                }
            }
        }
        catch (Exception exception)
        {
            await life.EndAsync(exception.Message);
        }

        if (following.IsDone)
        {
            await life.EndAsync();
        }

        return await next;
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

    private void Take(Following following, INatsJSMsg<NatsMemoryOwner<byte>> message)
    {
        using var payload = message.Data;
        if (message.Metadata is not { } metadata)
        {
            return;
        }

        following.EnsureNoGap(metadata);
        var sequence = metadata.Sequence.Stream;
        var age = following.HasWaited(metadata) ? _time.GetUtcNow() - metadata.Timestamp : TimeSpan.Zero;
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
            _unreadable.Add(1, new KeyValuePair<string, object?>("stream", following.Start.Stream));
            if (_pause.TryPass())
            {
                LogUnreadable(exception, sequence, following.Start.Stream, message.Subject);
            }
        }

        following.Read = sequence;
        if (!following.HasCaughtUp && (sequence >= following.Target || metadata.NumPending == 0))
        {
            following.CatchUp();
        }
    }

    [LoggerMessage(1240, LogLevel.Warning, "Following {Stream} was interrupted after {Sequence} and resumes there: {Reason}")]
    private partial void LogInterrupted(string stream, ulong sequence, string reason);

    [LoggerMessage(1241, LogLevel.Error, "The message {Sequence} of {Stream} on {Subject} was left out: reading it failed (once a minute)")]
    private partial void LogUnreadable(Exception exception, ulong sequence, string stream, string subject);

    [LoggerMessage(1242, LogLevel.Warning, "{Stream} ends at {Last}, before {After}: it is read from its first message")]
    private partial void LogAnew(string stream, ulong after, ulong last);
}
