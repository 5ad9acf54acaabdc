using System.Threading.Channels;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Deletes states from HOME_TELEMETRY that would stop the copying into HOME_STATE for everybody: nats-server 2.9 checks the
/// condition of a message (<c>Nats-Expected-…</c>) also where it is copied to, and tries again for ever.
/// </summary>
internal sealed partial class ConditionalStates(
    IHomeStorage storage, StateMetrics metrics, TimeProvider time, ILogger<ConditionalStates> log) : BackgroundService
{
    private const string Condition = "Nats-Expected-";

    // Each stops the copying: the next one is found when the follower, or a restarted one, comes to it.
    private readonly Channel<(ulong Sequence, string Subject)> _found =
        Channel.CreateBounded<(ulong, string)>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly LogPause _pause = new(time);

    /// <summary>Looks at a message of HOME_TELEMETRY.</summary>
    public void Check(in StreamMessage message)
    {
        if (message.Headers is { } headers
            && headers.Keys.Any(static name => name.StartsWith(Condition, StringComparison.OrdinalIgnoreCase))
            && !ServerVersion.TakesConditions(storage.JetStream.Connection))
        {
            _found.Writer.TryWrite((message.Sequence, message.Subject));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backOff = new OutageBackOff(time);
        await foreach (var (sequence, subject) in _found.Reader.ReadAllAsync(stoppingToken))
        {
            while (!await TryDeleteAsync(sequence, stoppingToken))
            {
                await backOff.WaitAsync(stoppingToken);
            }

            backOff.Reset();
            metrics.Conditional++;
            if (_pause.TryPass())
            {
                LogDeleted(subject, metrics.Conditional);
            }
        }
    }

    private async Task<bool> TryDeleteAsync(ulong sequence, CancellationToken cancellationToken)
    {
        try
        {
            var request = new StreamMsgDeleteRequest { Seq = sequence, NoErase = true };
            await storage.JetStream.DeleteMessageAsync(storage.Names.TelemetryStream, request, cancellationToken);
            return true;
        }
        catch (NatsJSApiException)
        {
            // It is gone already.
            return true;
        }
        catch (NatsException)
        {
            return false;
        }
    }

    [LoggerMessage(2022, LogLevel.Warning,
        "A conditional message on {Subject} was deleted: this nats-server would copy no state past it. "
        + "{Count} since the start (logged once a minute)")]
    private partial void LogDeleted(string subject, long count);
}
