using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Removes from HOME_STATE what is beyond a budget (<see cref="DeviceBudget"/>). The server copies into that stream by itself, and
/// waits where it is full; so removing is what makes room, and nothing of the others has to give way. States of devices that nobody
/// announced are removed only where the stream is more than half full: the registry may be lost, and the devices come back.
/// </summary>
internal sealed partial class StateSweeper(
    StateStore store,
    IHomeStorage storage,
    StreamFollower follower,
    DeviceRepairs repairs,
    StateMetrics metrics,
    TimeProvider time,
    ILogger<StateSweeper> log) : BackgroundService
{
    private const int AtOnce = 64;
    private const int Headers = 2_000;

    /// <summary>The copying is behind what the sidecar has read: it is looked again and again, ever less often.</summary>
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly HashSet<DeviceId> _over = [];
    private readonly LogPause _pause = new(time);
    private bool _hasStrangers;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await store.StatesRead.WaitAsync(stoppingToken);
        var wait = First;
        while (true)
        {
            await WaitAsync(wait, stoppingToken);
            var hasMore = TakeSurplus();
            hasMore |= await TrySweepAsync(stoppingToken) > 0;
            wait = hasMore ? First : wait * 2 < Longest ? wait * 2 : Longest;
            _over.RemoveWhere(device => !store.IsAnnounced(device));
            repairs.ClearOld(store.IsAnnounced);
        }
    }

    /// <summary>Until there is something, or the time is over.</summary>
    private async Task WaitAsync(TimeSpan wait, CancellationToken stoppingToken)
    {
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny(store.Surplus.WaitToReadAsync(turn.Token).AsTask(), Task.Delay(wait, time, turn.Token));
        await turn.CancelAsync();

        // More comes together with it.
        await Task.Delay(First, time, stoppingToken);
    }

    private bool TakeSurplus()
    {
        var any = false;
        while (store.Surplus.TryRead(out var surplus))
        {
            any = true;
            if (!surplus.IsAnnounced)
            {
                _hasStrangers = true;
                continue;
            }

            _over.Add(surplus.Device);
            repairs.Raise(DeviceRepairs.OverBudget, surplus.Device, surplus.Reason);
            if (_pause.TryPass())
            {
                LogOver(surplus.Device, surplus.Reason, metrics.OverBudget);
            }
        }

        return any;
    }

    private async Task<int> TrySweepAsync(CancellationToken stoppingToken)
    {
        try
        {
            var stream = await storage.JetStream.GetStreamAsync(storage.Names.StateStream, cancellationToken: stoppingToken);
            var isHalfFull = stream.Info.State.Bytes > stream.Info.Config.MaxBytes / 2;
            var subjects = isHalfFull && _hasStrangers ? [">"] : _over.SelectMany(SubjectsOf);
            var removed = 0;
            foreach (var subject in subjects.ToArray())
            {
                removed += await SweepAsync(stream, subject, isHalfFull, stoppingToken);
            }

            return removed;
        }
        catch (NatsException exception)
        {
            LogFailed(exception.Message);
            return 0;
        }
    }

    /// <summary>Subject by subject: nats-server 2.9 takes no wider filter.</summary>
    private IEnumerable<string> SubjectsOf(DeviceId device) =>
        [storage.Subjects.StateOf(device, "*"), storage.Subjects.StateOf(device), storage.Subjects.HealthOf(device)];

    private async Task<int> SweepAsync(INatsJSStream stream, string subject, bool isHalfFull, CancellationToken stoppingToken)
    {
        var reader = new Reader(store, isHalfFull);
        await follower.ReadAsync(
            new StreamStart(storage.Names.StateStream) { Subject = subject, HeadersOnly = true, Buffer = Headers },
            reader,
            stoppingToken);
        foreach (var chunk in reader.Surplus.Chunk(AtOnce))
        {
            await Task.WhenAll(chunk.Select(sequence => DeleteAsync(stream, sequence, stoppingToken)));
        }

        metrics.Removed += reader.Surplus.Count;
        return reader.Surplus.Count;
    }

    /// <summary>That very message: one that replaced it meanwhile is judged by itself.</summary>
    private static async Task DeleteAsync(INatsJSStream stream, ulong sequence, CancellationToken cancellationToken)
    {
        try
        {
            await stream.DeleteMessageAsync(new StreamMsgDeleteRequest { Seq = sequence, NoErase = true }, cancellationToken);
        }
        catch (NatsJSApiException)
        {
            // It is gone already.
        }
    }

    [LoggerMessage(2020, LogLevel.Warning,
        "{Device} has {Reason}: what is beyond that is not retained. Messages since the start: {Count} (logged once a minute)")]
    private partial void LogOver(DeviceId device, string reason, long count);

    [LoggerMessage(2021, LogLevel.Warning, "Last states beyond a budget could not be removed, tried again: {Reason}")]
    private partial void LogFailed(string reason);

    private sealed class Reader(StateStore store, bool isHalfFull) : IStreamReader
    {
        public List<ulong> Surplus { get; } = [];

        public void Read(in StreamMessage message)
        {
            if (store.Judge(StateMessage.FromStates(message)) is { } surplus && (surplus.IsAnnounced || isHalfFull))
            {
                Surplus.Add(message.Sequence);
            }
        }
    }
}
