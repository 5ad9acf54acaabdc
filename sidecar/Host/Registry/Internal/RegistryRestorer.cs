using System.Globalization;
using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Puts back what KV lost: the bucket was deleted, the server lost its disk or its last seconds, or it is another server. Nobody removed these devices (a removal is a message of its own), so
/// Home Assistant must not lose them with their names and areas; a person is told, for a day: with the devices back there is nothing left to mend. In the devices' lanes, so that an announcement or a removal of the same device comes before or after.
/// </summary>
internal sealed partial class RegistryRestorer(
    DeviceRegistry registry, DeviceStore store, DeviceLanes lanes, IRepairs repairs, DiscoveryTimings timings, TimeProvider time, ILogger<RegistryRestorer> log) : IDisposable
{
    private const string RepairId = "registry_lost";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    // Unbounded, but filled once a pass of the registry with what is in it.
    private readonly Channel<(DeviceId Id, ulong? Over)> _waiting = Channel.CreateUnbounded<(DeviceId, ulong?)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private ITimer? _forgetting;
    private long _restored;
    private long _forgotten;
    private long _pending;

    /// <summary>How many devices were put back.</summary>
    public long Restored => Interlocked.Read(ref _restored);

    /// <summary>Of how many a person is being told.</summary>
    public long Told => Restored - Interlocked.Read(ref _forgotten);

    public void Dispose() => _forgetting?.Dispose();

    /// <summary>Puts a device back that stands in the registry without a revision.</summary>
    /// <param name="id">Which.</param>
    /// <param name="over">The revision that KV has of it, an older one; 0: none.</param>
    public void Restore(DeviceId id, ulong over)
    {
        Interlocked.Increment(ref _pending);
        _waiting.Writer.TryWrite((id, over));
    }

    /// <summary>Removes a device again that was removed on request and came back because KV lost the end in which that stood.</summary>
    /// <param name="id">Which.</param>
    public void RemoveAgain(DeviceId id)
    {
        Interlocked.Increment(ref _pending);
        _waiting.Writer.TryWrite((id, null));
    }

    /// <summary>Works until stopped.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await foreach (var (id, over) in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            while (!lanes.TryPost(id, ct => RestoreAsync(id, over, ct)))
            {
                await Task.Delay(Pause, time, stoppingToken);
            }
        }
    }

    /// <param name="id">Which.</param>
    /// <param name="over">The revision that it is put back over; null: it is removed again.</param>
    /// <param name="stoppingToken">Ends the attempt.</param>
    private async Task RestoreAsync(DeviceId id, ulong? over, CancellationToken stoppingToken)
    {
        try
        {
            await (over is { } revision ? TryRestoreAsync(id, revision, stoppingToken) : TryRemoveAsync(id, stoppingToken));
        }
        finally
        {
            // Thousands may be put back: a person is told of the first, and then of all.
            var left = Interlocked.Decrement(ref _pending);
            if (Told is var count && (count == 1 || (left == 0 && count > 0)))
            {
                Tell(count);
            }
        }
    }

    private async Task TryRestoreAsync(DeviceId id, ulong over, CancellationToken stoppingToken)
    {
        // Without a revision: neither announced nor removed since.
        if (!registry.TryGetEntry(id, out var entry) || entry.Revision != 0)
        {
            return;
        }

        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(timings.StoreTimeout);
        try
        {
            if (await store.RestoreAsync(entry.Announced, over, bounded.Token) is { } revision)
            {
                registry.Apply(entry.Announced, revision);
                Interlocked.Increment(ref _restored);
                LogRestored(id.ToString());
            }
        }
        catch (Exception e) when (e is NatsException or TimeoutException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            // KV is away again: behind what waits already.
            LogNotRestored(id.ToString(), e.Message);
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Restore(id, over);
        }
    }

    private async Task TryRemoveAsync(DeviceId id, CancellationToken stoppingToken)
    {
        // Announced since: it is wanted again.
        if (registry.TryGetEntry(id, out _))
        {
            return;
        }

        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(timings.StoreTimeout);
        try
        {
            await store.RemoveAsync(id, bounded.Token);
            LogRemovedAgain(id.ToString());
        }
        catch (Exception e) when (e is NatsException or TimeoutException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            LogNotRestored(id.ToString(), e.Message);
            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            RemoveAgain(id);
        }
    }

    private void Tell(long count)
    {
        lock (_gate)
        {
            repairs.Raise(new Repair(RepairId, "registry_lost", "error", new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["devices"] = count.ToString(CultureInfo.InvariantCulture),
            }));
            _forgetting ??= time.CreateTimer(_ => Forget(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _forgetting.Change(timings.LossTold, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Whoever was asleep has seen it. A repair that stood for ever would hide the next loss, also from those who have chosen to ignore it.</summary>
    private void Forget()
    {
        lock (_gate)
        {
            if (Interlocked.Read(ref _pending) > 0)
            {
                _forgetting!.Change(timings.LossTold, Timeout.InfiniteTimeSpan);
                return;
            }

            Interlocked.Exchange(ref _forgotten, Restored);
            repairs.Clear(RepairId);
        }
    }

    [LoggerMessage(3210, LogLevel.Warning, "{Device} was no longer in the registry although nobody removed it; it was put back")]
    private partial void LogRestored(string device);

    [LoggerMessage(3212, LogLevel.Warning, "{Device} was removed, and came back with a store that had lost its end; it was removed again")]
    private partial void LogRemovedAgain(string device);

    [LoggerMessage(3211, LogLevel.Debug, "{Device} could not be put back into the registry, or removed from it, yet: {Reason}")]
    private partial void LogNotRestored(string device, string reason);
}
