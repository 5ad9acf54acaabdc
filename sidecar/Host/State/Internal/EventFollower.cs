using HaNatsBridge.Host.Discovery;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Follows the devices' moments in HOME_EVENTS: from 30 s before the start, so that a client that comes back after a restart of the sidecar misses none.
/// Its place in the stream is each moment's id, the same before and after.
/// </summary>
internal sealed partial class EventFollower(
    StateStore store, IHomeStorage storage, IDeviceRegistry registry, StateMetrics metrics, TimeProvider time, ILogger<EventFollower> log)
    : BackgroundService
{
    private readonly BackOff _backOff = new(time);
    private DateTimeOffset _created;
    private ulong _applied;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);

        // Moments of devices that the store does not know yet would be dropped.
        await store.Ready.WaitAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
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

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var stream = await storage.JetStream.GetStreamAsync(storage.Names.EventsStream, cancellationToken: cancellationToken);
        if (stream.Info.Created != _created || stream.Info.State.LastSeq < _applied)
        {
            _created = stream.Info.Created;
            _applied = 0;
            store.EventsBeginAnew();
        }

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

            _applied = ack.Sequence;
            var device = store.ApplyEvent(message.Subject, payload.Span, ack.Sequence, ack.Time);
            if (device is not null)
            {
                registry.SignOfLife(device.Id);
            }
        }
    }

    [LoggerMessage(2020, LogLevel.Warning, "Following the devices' events begins anew: {Reason}")]
    private partial void LogRestart(string reason);
}
