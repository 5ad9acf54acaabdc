using System.Globalization;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Follows the devices' moments in HOME_EVENTS: from 30 s before the start, so that a client that comes back after a restart of the sidecar misses none.
/// Its place in the stream is each moment's id, the same before and after.
/// </summary>
internal sealed partial class EventFollower(
    StateStore store, IHomeStorage storage, IStreamGuard guard, IHomeLink link, IDeviceAvailability availability, StateMetrics metrics, TimeProvider time, ILogger<EventFollower> log)
    : BackgroundService
{
    private readonly OutageBackOff _backOff = new(time);
    private readonly Freshness _freshness = new(link, time);
    private DateTimeOffset _created;
    private ulong _applied;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RunAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is: the next moments must come.
                metrics.Restarted();
                LogRestart(e.Message);
                await _backOff.WaitAsync(stoppingToken);
            }
        }
    }

    private async Task RunAsync(CancellationToken stoppingToken)
    {
        await storage.EnsureThisHomeAsync(stoppingToken);
        var stream = await storage.JetStream.GetStreamAsync(storage.Names.EventsStream, cancellationToken: stoppingToken);
        Number(stream.Info);

        // Moments of devices that the store does not know yet would be dropped.
        await store.StatesRead.WaitAsync(stoppingToken);
        _freshness.Begin(stream.Info.State.LastSeq);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var guarding = guard.WatchAsync(storage.Names.EventsStream, _created, () => Interlocked.Read(ref _applied), session);
        try
        {
            await FollowAsync(session.Token);
        }
        finally
        {
            await session.CancelAsync();
            await guarding;
        }
    }

    /// <summary>Says which incarnation of the stream the numbers belong to, when it is another one than before, or has lost its end and gives numbers a second time.</summary>
    private void Number(StreamInfo info)
    {
        if (info.Created != _created)
        {
            _created = info.Created;
            _applied = 0;
        }
        else if (info.State.LastSeq < _applied)
        {
            _applied = info.State.LastSeq;
        }
        else
        {
            return;
        }

        LogNumbered(_created, _applied);
        store.EventsNumbered(_created.UtcTicks.ToString("x", CultureInfo.InvariantCulture), _applied, info.State.LastSeq);
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var opts = new NatsJSOrderedConsumerOpts { FilterSubjects = [storage.Subjects.AllEvents] };
        opts = _applied == 0
            ? opts with { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartTime, OptStartTime = time.GetUtcNow() - StateStore.EventsKept }
            : opts with { DeliverPolicy = ConsumerConfigDeliverPolicy.ByStartSequence, OptStartSeq = _applied + 1 };
        var consumer = await storage.JetStream.CreateOrderedConsumerAsync(storage.Names.EventsStream, opts, cancellationToken);
        _backOff.Reset();
        var consume = new NatsJSConsumeOpts { MaxMsgs = 500, Expires = TimeSpan.FromSeconds(30), IdleHeartbeat = TimeSpan.FromSeconds(2) };
        await foreach (var message in consumer.ConsumeAsync(NatsRawSerializer<NatsMemoryOwner<byte>>.Default, consume, cancellationToken))
        {
            using var payload = message.Data;
            if (!AckSubject.TryParse(message.ReplyTo, out var ack))
            {
                continue;
            }

            Interlocked.Exchange(ref _applied, ack.Sequence);
            var age = _freshness.AgeOf(ack);
            var device = store.ApplyEvent(message.Subject, payload.Span, ack.Sequence, ack.Time, age);
            if (device is not null)
            {
                availability.SignOfLife(device.Id, age);
            }
        }
    }

    [LoggerMessage(2021, LogLevel.Information, "Moments are numbered as in the stream made at {Created}, after {Last}")]
    private partial void LogNumbered(DateTimeOffset created, ulong last);

    [LoggerMessage(2020, LogLevel.Warning, "Following the devices' events begins anew: {Reason}")]
    private partial void LogRestart(string reason);
}
