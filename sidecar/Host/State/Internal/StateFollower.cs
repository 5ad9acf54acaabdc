using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;

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
    IDeviceAvailability availability,
    TimeProvider time,
    ILogger<StateFollower> log) : BackgroundService, IStreamReader
{
    private const int Buffer = 2_000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await registry.Ready.WaitAsync(stoppingToken);
        using var subscription = registry.Subscribe(store);
        var began = time.GetTimestamp();
        var stored = new StoredReader(store);
        await follower.ReadAsync(new StreamStart(storage.Names.StateStream) { Buffer = Buffer }, stored, stoppingToken);
        await storedTimes.LookUpAsync(stoppingToken);
        LogRead(stored.Count, time.GetElapsedTime(began).TotalMilliseconds, stored.Highest);
        var telemetry = new StreamStart(storage.Names.TelemetryStream) { After = stored.Highest, Buffer = Buffer };
        await follower.FollowAsync(telemetry, this, stoppingToken);
    }

    void IStreamReader.Read(in StreamMessage message)
    {
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

    void IStreamReader.CaughtUp() => _ = store.SetReadAsync();

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
