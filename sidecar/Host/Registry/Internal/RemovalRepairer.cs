using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Finishes removals that a killed sidecar left undone: looked for at the start, after each reconnect and once a minute. What stands on record may be somebody's who is just at it, here or in
/// another sidecar, so each is left alone until it has stood there longer than a removal may take, and is then finished in the device's lane.
/// </summary>
internal sealed partial class RemovalRepairer(
    IHomeLink link, RemovalJournal journal, DeviceStore store, DeviceLanes lanes, DiscoveryTimings timings, TimeProvider time, ILogger<RemovalRepairer> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private volatile Dictionary<(DeviceId Id, ulong Revision), long> _seen = [];

    /// <summary>Whether it waits for a device's lane.</summary>
    public bool IsAtIt { get; private set; }

    /// <summary>Looks until stopped.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        var generation = -1L;
        long? last = null;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (link.IsUp && (link.Generation != generation || last is null || time.GetElapsedTime(last.Value) >= Every))
            {
                var seen = link.Generation;
                if (await TryAsync(stoppingToken))
                {
                    generation = seen;
                    last = time.GetTimestamp();
                }
            }

            await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Finishes what is old enough.</summary>
    /// <returns>Whether nothing is left.</returns>
    /// <exception cref="NatsException">JetStream did not take it: what is left stays on record.</exception>
    public async Task<bool> RepairAsync(CancellationToken cancellationToken)
    {
        var pending = await journal.PendingAsync(cancellationToken);
        var before = _seen;
        var seen = pending.ToDictionary(one => one, one => before.TryGetValue(one, out var since) ? since : time.GetTimestamp());
        _seen = seen;
        var old = pending.Where(one => time.GetElapsedTime(seen[one]) > timings.StoreTimeout).ToList();
        var isDone = old.Count == pending.Count;
        foreach (var (id, revision) in old)
        {
            isDone &= await InLaneAsync(id, revision, cancellationToken);
        }

        return isDone;
    }

    private async Task<bool> TryAsync(CancellationToken stoppingToken)
    {
        try
        {
            return await RepairAsync(stoppingToken);
        }
        catch (Exception e) when (e is NatsException or TimeoutException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            LogNotRepaired(e.Message);
            return false;
        }
    }

    private async Task<bool> InLaneAsync(DeviceId id, ulong revision, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!lanes.TryPost(id, WorkAsync))
        {
            return false;
        }

        IsAtIt = true;
        try
        {
            await done.Task.WaitAsync(cancellationToken);
            return true;
        }
        finally
        {
            IsAtIt = false;
        }

        async Task WorkAsync(CancellationToken stoppingToken)
        {
            using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            bounded.CancelAfter(timings.StoreTimeout);
            try
            {
                await store.RepairAsync(id, revision, bounded.Token);
                done.SetResult();
            }
            catch (Exception e)
            {
                // Whoever waits reports it.
                done.SetException(e);
            }
        }
    }

    [LoggerMessage(3603, LogLevel.Warning, "An unfinished removal could not be finished and is tried again: {Reason}")]
    private partial void LogNotRepaired(string reason);
}
