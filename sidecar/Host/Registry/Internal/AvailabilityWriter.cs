using System.Text;
using System.Threading.Channels;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// The judge's hand: turns the wheel, writes each verdict to KV by compare-and-set, and tells of it only when it is written: first this process's listeners, then
/// <c>home.discovery.available.…</c>. Killed or cut off in between, it comes after the restart or the reconnect: once at least, and only what may have been missed. One loop for all devices.
/// </summary>
internal sealed partial class AvailabilityWriter : BackgroundService
{
    private const int AtOnce = 64;
    private static readonly byte[] Online = Encoding.ASCII.GetBytes("online");
    private static readonly byte[] Offline = Encoding.ASCII.GetBytes("offline");
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly IHomeLink _link;
    private readonly IHomeStorage _storage;
    private readonly AvailabilityJudge _judge;
    private readonly JudgeLease _lease;
    private readonly DeviceRegistry _registry;
    private readonly MonotonicClock _clock;
    private readonly DiscoveryTimings _timings;
    private readonly TimeProvider _time;
    private readonly ILogger<AvailabilityWriter> _log;

    public AvailabilityWriter(
        IHomeLink link, IHomeStorage storage, AvailabilityJudge judge, JudgeLease lease, DeviceRegistry registry, MonotonicClock clock, DiscoveryTimings timings,
        TimeProvider time, ILogger<AvailabilityWriter> log)
    {
        (_link, _storage, _judge, _lease, _registry) = (link, storage, judge, lease, registry);
        (_clock, _timings, _time, _log) = (clock, timings, time, log);
        _judge.HasChanges += Wake;
        _link.Changed += OnLink;
    }

    public override void Dispose()
    {
        _judge.HasChanges -= Wake;
        _link.Changed -= OnLink;
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _storage.Ready.WaitAsync(stoppingToken);
        if (_link.IsUp)
        {
            _judge.LinkUp(_clock.Now);
        }

        using var timer = new PeriodicTimer(_timings.Tick, _time);
        var ticking = TickAsync(timer, stoppingToken);
        await foreach (var _ in _signal.Reader.ReadAllAsync(stoppingToken))
        {
            await WriteAllAsync(stoppingToken);
        }

        await ticking;
    }

    private void Wake() => _signal.Writer.TryWrite(true);

    private void OnLink(LinkChange change)
    {
        if (change.IsUp)
        {
            _judge.LinkUp(_clock.Now);
            Wake();
        }
        else
        {
            _judge.LinkDown();
        }
    }

    private async Task TickAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            _judge.Tick(_clock.Now);
            if (_judge.HasUnwritten)
            {
                // What could not be written is tried again with each tick.
                Wake();
            }
        }
    }

    private async Task WriteAllAsync(CancellationToken stoppingToken)
    {
        while (_link.IsUp && _lease.IsHeld && !stoppingToken.IsCancellationRequested)
        {
            var changes = _judge.TakeChanges(AtOnce);
            if (changes.Count == 0)
            {
                return;
            }

            var written = await Task.WhenAll(changes.Select(change => WriteAsync(change, stoppingToken)));
            if (!Array.Exists(written, one => one))
            {
                // Nothing at all: KV is away. The next tick tries again.
                return;
            }
        }
    }

    private async Task<bool> WriteAsync(AvailabilityChange change, CancellationToken stoppingToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(_timings.StoreTimeout);
        try
        {
            await _storage.EnsureThisHomeAsync(bounded.Token);
            if (change.IsWritten)
            {
                await SayAsync(change, bounded.Token);
                return true;
            }

            var key = change.Id.ToString();
            var value = change.Record.ToUtf8();
            var result = change.Revision == 0
                ? await Bucket.TryCreateAsync(key, value, NatsRawSerializer<byte[]>.Default, bounded.Token)
                : await Bucket.TryUpdateAsync(key, value, change.Revision, NatsRawSerializer<byte[]>.Default, bounded.Token);
            if (result.Success)
            {
                await TellAsync(change, result.Value, bounded.Token);
                return true;
            }

            if (result.Error is NatsKVWrongLastRevisionException or NatsKVCreateException)
            {
                await ReadAgainAsync(change, bounded.Token);
            }

            LogNotWritten(key, result.Error.Message);
        }
        catch (Exception e) when (e is NatsException or TimeoutException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            LogNotWritten(change.Id.ToString(), e.Message);
        }

        _judge.NotWritten(change.Id);
        return false;
    }

    private async Task TellAsync(AvailabilityChange change, ulong revision, CancellationToken cancellationToken)
    {
        var record = change.Record with { StoredAt = _time.GetUtcNow() };
        _judge.Stored(change.Id, record, revision, _clock.Now);
        _registry.ApplyAvailability(change.Id, record, revision);
        if (change.FlipsOnline)
        {
            LogVerdict(change.Id.ToString(), record.Online ? "online" : "offline", record.Why);
            await SayAsync(change, cancellationToken);
        }
    }

    private async Task SayAsync(AvailabilityChange change, CancellationToken cancellationToken)
    {
        await _link.Home.PublishAsync(
            _storage.Subjects.AvailableOf(change.Id), change.Record.Online ? Online : Offline, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        _judge.Said(change.Id);
    }

    /// <summary>Somebody else wrote meanwhile: what stands there is where the next attempt starts.</summary>
    private async Task ReadAgainAsync(AvailabilityChange change, CancellationToken cancellationToken)
    {
        var entry = await Bucket.TryGetEntryAsync<byte[]>(change.Id.ToString(), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        if (!entry.Success)
        {
            _judge.StoredGone(change.Id, 0);
        }
        else if (entry.Value.Value is { } bytes && AvailabilityRecord.TryRead(bytes, out var record))
        {
            _judge.Stored(change.Id, record with { StoredAt = entry.Value.Created }, entry.Value.Revision, _clock.Now);
        }
        else
        {
            _judge.Stored(change.Id, new AvailabilityRecord(false, default, Reasons.Unknown), entry.Value.Revision, _clock.Now);
        }
    }

    private INatsKVStore Bucket => _storage.Bucket(HomeBucket.Availability);

    [LoggerMessage(3301, LogLevel.Information, "{Device} is {State}: {Why}")]
    private partial void LogVerdict(string device, string state, string why);

    [LoggerMessage(3302, LogLevel.Debug, "The availability of {Device} was not written and is tried again: {Reason}")]
    private partial void LogNotWritten(string device, string reason);
}
