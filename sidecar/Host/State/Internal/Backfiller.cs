using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// A first announcement, or a new key, takes its last state from the stream (contract.md, "State"): from the telemetry, which is never behind, or, where that no
/// longer has it, from the state stream.
/// </summary>
internal sealed partial class Backfiller(StateStore store, IHomeStorage storage, IDeviceAvailability availability, TimeProvider time, ILogger<Backfiller> log) : BackgroundService
{
    private const int NotFound = 404;
    private const int Attempts = 10;

    private readonly OutageBackOff _backOff = new(time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await foreach (var request in store.Backfill.ReadAllAsync(stoppingToken))
        {
            await FillAsync(request, stoppingToken);
        }
    }

    private async Task FillAsync(BackfillRequest request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                await FillOnceAsync(request, cancellationToken);
                _backOff.Reset();
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogFailed(request.Device.ToString(), e.Message);
                await _backOff.WaitAsync(cancellationToken);
            }
        }

        LogGivenUp(request.Device.ToString(), Attempts);
    }

    private async Task FillOnceAsync(BackfillRequest request, CancellationToken cancellationToken)
    {
        var telemetry = await storage.JetStream.GetStreamAsync(storage.Names.TelemetryStream, cancellationToken: cancellationToken);
        var states = await storage.JetStream.GetStreamAsync(storage.Names.StateStream, cancellationToken: cancellationToken);
        var found = new List<(ulong Seq, string Subject, ReadOnlyMemory<byte> Payload, bool Removed)>();
        foreach (var subject in request.Subjects)
        {
            if (await LastAsync(telemetry, subject, cancellationToken) is { } fresh)
            {
                found.Add((fresh.Seq, subject, fresh.Data, StoredHeaders.Has(fresh.Hdrs, StateMessage.RemovedHeader)));
            }
            else if (await LastAsync(states, subject, cancellationToken) is { } kept)
            {
                found.Add((
                    StateMessage.SourceSequence(StoredHeaders.Find(kept.Hdrs, StateMessage.SourceHeader)), subject, kept.Data,
                    StoredHeaders.Has(kept.Hdrs, StateMessage.RemovedHeader)));
            }
        }

        // In stream order: a snapshot and a single key speak of the same entity, and the later one counts.
        foreach (var (seq, subject, payload, removed) in found.OrderBy(f => f.Seq))
        {
            var report = store.ApplyFetched(subject, payload.Span, removed, seq, request.Keys).Report;
            if (report is { Values.IsEmpty: false })
            {
                // Only what it has numbers of: what it said of being online is long ago.
                availability.Health(request.Device, null, report.Keys);
            }
        }
    }

    private static async Task<StoredMessage?> LastAsync(INatsJSStream stream, string subject, CancellationToken cancellationToken)
    {
        try
        {
            return (await stream.GetAsync(new StreamMsgGetRequest { LastBySubj = subject }, cancellationToken)).Message;
        }
        catch (NatsJSApiException e) when (e.Error.Code == NotFound)
        {
            return null;
        }
    }

    [LoggerMessage(2030, LogLevel.Warning, "The last states of {Device} could not be fetched yet: {Reason}")]
    private partial void LogFailed(string device, string reason);

    [LoggerMessage(2031, LogLevel.Error, "The last states of {Device} could not be fetched after {Attempts} attempts; they show with its next messages")]
    private partial void LogGivenUp(string device, int attempts);
}
