using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Fills the store: reads HOME_STATE once, then follows HOME_TELEMETRY with an ordered consumer from the highest <c>Nats-Stream-Source</c> sequence + 1
/// (architecture.md, "Streams and buckets"). Never by a core subscription alone: its messages carry no sequence, so nothing joins them to the snapshot. Beside it one
/// shows what devices say a moment earlier (<see cref="StateStore.Preview"/>).
/// </summary>
internal sealed partial class StateFollower(
    StateStore store,
    IHomeStorage storage,
    IStreamGuard guard,
    IHomeLink link,
    IDeviceRegistry registry,
    IDeviceAvailability availability,
    StateMetrics metrics,
    TimeProvider time,
    ILogger<StateFollower> log) : BackgroundService
{
    private const int NotFound = 404;

    private readonly OutageBackOff _backOff = new(time);
    private readonly Freshness _freshness = new(link, time);
    private ulong _applied;
    private bool _hasRead;
    private DateTimeOffset _telemetryCreated;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await registry.Ready.WaitAsync(stoppingToken);
        using var subscription = registry.Subscribe(store);
        link.Changed += OnLinkChanged;
        try
        {
            await FollowForEverAsync(stoppingToken);
        }
        finally
        {
            link.Changed -= OnLinkChanged;
        }
    }

    private async Task FollowForEverAsync(CancellationToken stoppingToken)
    {
        var previews = new StatePreviews(storage.JetStream.Connection, [storage.Subjects.AllStates, storage.Subjects.AllEntityStates], store);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await previews.OpenAsync(stoppingToken);
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is: without this loop every state would stand still for ever.
                metrics.Restarted();
                LogRestart(e.Message);
                await _backOff.WaitAsync(stoppingToken);
            }
        }
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        await storage.EnsureThisHomeAsync(stoppingToken);
        var telemetry = await storage.JetStream.GetStreamAsync(storage.Names.TelemetryStream, cancellationToken: stoppingToken);
        if (!_hasRead || IsAnew(telemetry.Info))
        {
            _telemetryCreated = telemetry.Info.Created;
            _applied = await ReadStoredAsync(stoppingToken);
            _hasRead = true;

            // The state stream may be ahead of one that was made anew: then that one is followed from its first message.
            telemetry = await storage.JetStream.GetStreamAsync(storage.Names.TelemetryStream, cancellationToken: stoppingToken);
            if (_applied > LastOf(telemetry.Info))
            {
                LogAnew(_applied, LastOf(telemetry.Info));
                _applied = 0;
            }
        }

        var last = LastOf(telemetry.Info);
        if (_applied >= last || !await HasMoreAsync(telemetry, stoppingToken))
        {
            store.SetReady();
        }

        _backOff.Reset();
        _freshness.Begin(last);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var guarding = guard.WatchAsync(storage.Names.TelemetryStream, _telemetryCreated, () => Interlocked.Read(ref _applied), session);
        try
        {
            await FollowAsync(last, session.Token);
        }
        finally
        {
            await session.CancelAsync();
            await guarding;
        }
    }

    /// <summary>
    /// Whether any message follows what was read. Its last sequence does not tell: where all that follows is purged or too old, nothing would ever come that says "ready".
    /// </summary>
    private async Task<bool> HasMoreAsync(INatsJSStream telemetry, CancellationToken cancellationToken)
    {
        try
        {
            await telemetry.GetAsync(new StreamMsgGetRequest { Seq = _applied + 1, NextBySubj = ">" }, cancellationToken);
            return true;
        }
        catch (NatsJSApiException e) when (e.Error.Code == NotFound)
        {
            return false;
        }
    }

    /// <summary>Reads the last message of every subject; the highest telemetry sequence among them is returned.</summary>
    private async Task<ulong> ReadStoredAsync(CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var stream = await storage.JetStream.GetStreamAsync(storage.Names.StateStream, cancellationToken: cancellationToken);
        var last = stream.Info.State.LastSeq is var s and > 0 ? (ulong)s : 0UL;
        if (stream.Info.State.Messages <= 0)
        {
            return 0;
        }

        var highest = 0UL;
        var count = 0;
        var consumer = await storage.JetStream.CreateOrderedConsumerAsync(storage.Names.StateStream, cancellationToken: cancellationToken);
        await foreach (var message in consumer.ConsumeAsync(NatsRawSerializer<NatsMemoryOwner<byte>>.Default, ConsumeOpts, cancellationToken))
        {
            using var payload = message.Data;
            if (!AckSubject.TryParse(message.ReplyTo, out var ack))
            {
                continue;
            }

            var sequence = StateMessage.SourceSequence(message.Headers);
            highest = Math.Max(highest, sequence);
            Take(message.Subject, payload.Span, StateMessage.IsRemoval(message.Headers), sequence, isLast: null);
            count++;
            if (ack.Sequence >= last || ack.Pending == 0)
            {
                break;
            }
        }

        LogRead(count, time.GetElapsedTime(began).TotalMilliseconds, highest);
        return highest;
    }

    private async Task FollowAsync(ulong readyAt, CancellationToken cancellationToken)
    {
        var opts = _applied == 0
            ? new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.All }
            : new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = _applied + 1 };
        var consumer = await storage.JetStream.CreateOrderedConsumerAsync(storage.Names.TelemetryStream, opts, cancellationToken);
        LogFollowing(_applied + 1);
        store.ClosePreview();
        await foreach (var message in consumer.ConsumeAsync(NatsRawSerializer<NatsMemoryOwner<byte>>.Default, ConsumeOpts, cancellationToken))
        {
            using var payload = message.Data;
            if (!AckSubject.TryParse(message.ReplyTo, out var ack))
            {
                continue;
            }

            var removal = StateMessage.IsRemoval(message.Headers);
            var applied = Take(message.Subject, payload.Span, removal, ack.Sequence, isLast: ack.Pending == 0);
            Interlocked.Exchange(ref _applied, ack.Sequence);
            if (ack.Sequence >= readyAt || ack.Pending == 0)
            {
                store.SetReady();
            }

            var age = _freshness.AgeOf(ack);
            if (applied.Device is { } device && !removal)
            {
                Tell(device.Id, applied.Report, age);
            }
        }
    }

    /// <summary>Puts one message into the store. A bad one never stops its neighbours, not even one that nobody has thought of.</summary>
    /// <param name="subject">Its subject.</param>
    /// <param name="payload">What the device sent.</param>
    /// <param name="removal">Whether it carries <c>Bridge-Removed</c>.</param>
    /// <param name="sequence">Where it stands in HOME_TELEMETRY.</param>
    /// <param name="isLast">Whether HOME_TELEMETRY held no later one; null: it was read from HOME_STATE.</param>
    private Applied Take(string subject, ReadOnlySpan<byte> payload, bool removal, ulong sequence, bool? isLast)
    {
        try
        {
            return isLast is { } last
                ? store.Follow(subject, payload, removal, sequence, last)
                : store.Apply(subject, payload, removal, sequence);
        }
        catch (Exception e)
        {
            LogUnreadable(e, subject, sequence);
            return default;
        }
    }

    private void OnLinkChanged(LinkChange change)
    {
        if (!change.IsUp)
        {
            store.ClosePreview();
        }
    }

    /// <summary>Outside the store's lock: the registry calls the store under its own.</summary>
    private void Tell(DeviceId device, HealthReport? report, TimeSpan age)
    {
        if (report is null)
        {
            availability.SignOfLife(device, age);
        }
        else
        {
            availability.Health(device, report.Status, report.Keys, age);
        }
    }

    private bool IsAnew(StreamInfo info) => LastOf(info) < _applied || info.Created != _telemetryCreated;

    private static ulong LastOf(StreamInfo info) => info.State.LastSeq;

    private static NatsJSConsumeOpts ConsumeOpts => new() { MaxMsgs = 2_000, ThresholdMsgs = 1_000, Expires = TimeSpan.FromSeconds(30), IdleHeartbeat = TimeSpan.FromSeconds(2) };

    [LoggerMessage(2010, LogLevel.Information, "Read {Count} stored states in {Milliseconds:0} ms, up to telemetry {Sequence}")]
    private partial void LogRead(int count, double milliseconds, ulong sequence);

    [LoggerMessage(2011, LogLevel.Information, "Following the telemetry from {Sequence}")]
    private partial void LogFollowing(ulong sequence);

    [LoggerMessage(2012, LogLevel.Warning, "Following the telemetry begins anew: {Reason}")]
    private partial void LogRestart(string reason);

    [LoggerMessage(2013, LogLevel.Warning, "The stored states reach telemetry {Highest}, the telemetry only {Last}: it was made anew and is read from its first message")]
    private partial void LogAnew(ulong highest, ulong last);

    [LoggerMessage(2016, LogLevel.Error, "The message {Sequence} on {Subject} was left out: the bridge failed at it")]
    private partial void LogUnreadable(Exception exception, string subject, ulong sequence);
}
