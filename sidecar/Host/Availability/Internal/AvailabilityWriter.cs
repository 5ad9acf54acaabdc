using System.Threading.Channels;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>
/// Lets leases run out, and writes each decision of the leader to KV by compare-and-set. One loop for all devices.
/// </summary>
internal sealed partial class AvailabilityWriter : BackgroundService
{
    private const int AtOnce = 64;
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IHomeLink _link;
    private readonly IHomeStorage _storage;
    private readonly AvailabilityLeader _leader;
    private readonly AvailabilityMachine _machine;
    private readonly MonotonicClock _clock;
    private readonly AvailabilityTimings _timings;
    private readonly TimeProvider _time;
    private readonly ILogger<AvailabilityWriter> _log;

    public AvailabilityWriter(
        IHomeLink link, IHomeStorage storage, AvailabilityLeader leader, AvailabilityMachine machine, MonotonicClock clock,
        AvailabilityTimings timings, TimeProvider time,
        ILogger<AvailabilityWriter> log)
    {
        (_link, _storage, _leader, _machine) = (link, storage, leader, machine);
        (_clock, _timings, _time, _log) = (clock, timings, time, log);
        _machine.HasChanges += Wake;
        _link.Changed += OnLink;
    }

    public override void Dispose()
    {
        _machine.HasChanges -= Wake;
        _link.Changed -= OnLink;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _storage.Ready.WaitAsync(stoppingToken);
        if (_link.IsUp)
        {
            _machine.LinkUp(_clock.Now);
        }

        await Services.RunTogetherAsync(stoppingToken, TickAsync(stoppingToken), WriteAsync(stoppingToken));
    }

    private void Wake() => _signal.Writer.TryWrite(true);

    private void OnLink(LinkChange change)
    {
        if (change.IsUp)
        {
            _machine.LinkUp(_clock.Now);
            Wake();
        }
        else
        {
            _machine.LinkDown();
        }
    }

    private async Task TickAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_timings.Tick, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            _machine.Tick(_clock.Now);
            if (_machine.HasUnwritten)
            {
                // What could not be written is tried again with each tick.
                Wake();
            }
        }
    }

    private async Task WriteAsync(CancellationToken stoppingToken)
    {
        await foreach (var _ in _signal.Reader.ReadAllAsync(stoppingToken))
        {
            await WriteAllAsync(stoppingToken);
        }
    }

    private async Task WriteAllAsync(CancellationToken stoppingToken)
    {
        while (_link.IsUp && _leader.MayWrite && !stoppingToken.IsCancellationRequested)
        {
            var changes = _machine.TakeChanges(AtOnce);
            if (changes.Count == 0)
            {
                return;
            }

            var written = await Task.WhenAll(changes.Select(change => TryWriteAsync(change, stoppingToken)));
            if (!Array.Exists(written, one => one))
            {
                // KV is away. The next tick tries again.
                return;
            }
        }
    }

    private async Task<bool> TryWriteAsync(AvailabilityChange change, CancellationToken stoppingToken)
    {
        var key = change.Id.ToString();
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(_timings.StoreTimeout);
        try
        {
            await _storage.EnsureThisHomeAsync(bounded.Token);
            var value = change.Record.ToUtf8();
            var result = change.Revision == 0
                ? await Bucket.TryCreateAsync(key, value, NatsRawSerializer<byte[]>.Default, bounded.Token)
                : await Bucket.TryUpdateAsync(key, value, change.Revision, NatsRawSerializer<byte[]>.Default, bounded.Token);
            if (result.Success)
            {
                if (change.IsVisible)
                {
                    LogDecision(key, change.Record.Online ? "online" : "offline", change.Record.Why);
                }

                return true;
            }

            LogNotWritten(key, result.Error.Message);
        }
        catch (Exception e) when (NatsTrouble.Is(e, stoppingToken))
        {
            LogNotWritten(key, e.Message);
        }

        _machine.NotWritten(change.Id);
        return false;
    }

    private INatsKVStore Bucket => _storage.Bucket(_storage.Names.AvailabilityBucket);

    [LoggerMessage(3301, LogLevel.Information, "{Device} is {State}: {Why}")]
    private partial void LogDecision(string device, string state, string why);

    [LoggerMessage(3302, LogLevel.Debug, "The availability of {Device} was not written and is tried again: {Reason}")]
    private partial void LogNotWritten(string device, string reason);
}
