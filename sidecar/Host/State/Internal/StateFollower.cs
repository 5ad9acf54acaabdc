using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Fills the store: reads HOME_STATE once, then follows HOME_TELEMETRY from the highest <c>Nats-Stream-Source</c> sequence + 1
/// (docs/architecture.md, "Streams and buckets"). Never by a core subscription alone: its messages carry no sequence, so nothing joins
/// them to what was read.
/// </summary>
internal sealed partial class StateFollower(
    StateStore store,
    IHomeStorage storage,
    StreamFollower follower,
    StoredTimes storedTimes,
    IDeviceRegistry registry,
    TelemetryReader telemetry,
    TimeProvider time,
    ILogger<StateFollower> log) : BackgroundService
{
    /// <summary>16 MiB, where each is as large as it may be.</summary>
    private const int Buffer = 256;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await registry.Ready.WaitAsync(stoppingToken);
        using var subscription = registry.Subscribe(store);
        await ReadSizeAsync(stoppingToken);
        var began = time.GetTimestamp();
        var stored = new StoredReader(store);
        await follower.ReadAsync(new StreamStart(storage.Names.StateStream) { Buffer = Buffer }, stored, stoppingToken);
        await storedTimes.LookUpAsync(stoppingToken);
        LogRead(stored.Count, time.GetElapsedTime(began).TotalMilliseconds, stored.Highest);
        var start = new StreamStart(storage.Names.TelemetryStream) { After = stored.Highest, Buffer = Buffer };
        await follower.FollowAsync(start, telemetry, stoppingToken);
    }

    private async Task ReadSizeAsync(CancellationToken stoppingToken)
    {
        var backOff = new OutageBackOff(time);
        while (true)
        {
            try
            {
                var states = await storage.JetStream.GetStreamAsync(storage.Names.StateStream, cancellationToken: stoppingToken);
                store.SetSize(states.Info.Config.MaxBytes);
                return;
            }
            catch (NatsException)
            {
                await backOff.WaitAsync(stoppingToken);
            }
        }
    }

    [LoggerMessage(2010, LogLevel.Information, "Read the stored states (states: {Count}) in {Milliseconds:0} ms, up to telemetry {Sequence}")]
    private partial void LogRead(int count, double milliseconds, ulong sequence);

    /// <summary>Takes the last message of every subject, and notes the highest telemetry sequence among them.</summary>
    private sealed class StoredReader(StateStore store) : IStreamReader
    {
        public int Count { get; private set; }

        public ulong Highest { get; private set; }

        public void Read(in StreamMessage message)
        {
            var state = StateMessage.FromStates(message);
            Highest = Math.Max(Highest, state.Sequence);
            Count++;
            store.Apply(state);
        }
    }
}

/// <summary>What a message of HOME_TELEMETRY does: it sets states, and is a sign of life of its device.</summary>
internal sealed class TelemetryReader(StateStore store, IDeviceAvailability availability, ConditionalStates conditional)
    : IStreamReader
{
    public void Read(in StreamMessage message)
    {
        conditional.Check(message);
        var state = StateMessage.FromTelemetry(message);
        var applied = store.Apply(state);
        if (applied.Device is not { } device || state.IsRemoval)
        {
            return;
        }

        if (applied.Report is { } report)
        {
            availability.Health(device, report.Status, report.Keys, message.Age);
        }
        else
        {
            availability.SignOfLife(device, message.Age);
        }
    }

    public void CaughtUp() => _ = store.SetReadAsync();
}
