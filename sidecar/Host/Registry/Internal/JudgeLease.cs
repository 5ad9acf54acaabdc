using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Which sidecar judges who is online: a lease in KV, renewed by compare-and-set, fenced by the revision at which it was taken. Whoever finds the holder gone ("no responders" on
/// its subject, at once) or silent (6 s) takes it. The holder stops judging 4 s after its last renewal, so there never are two. Each renewal says up to where people have been told of verdicts.
/// </summary>
internal sealed partial class JudgeLease(
    IHomeLink link, IHomeStorage storage, DiscoveryInstance instance, AvailabilityJudge judge, MonotonicClock clock, DiscoveryTimings timings,
    RegistryFollower follower, Subscriptions subscriptions, TimeProvider time, ILogger<JudgeLease> log) : BackgroundService
{
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromMilliseconds(700);
    private ulong _revision;
    private long _renewedAt;
    private ulong _seenRevision;
    private long _seenSince;

    /// <summary>Whether this sidecar may write verdicts now.</summary>
    public bool IsHeld => judge.IsJudging && clock.Now - Volatile.Read(ref _renewedAt) < (long)timings.JudgeStops.TotalMilliseconds;

    /// <summary>Raised when this sidecar became the judge.</summary>
    public event Action? Acquired;

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!judge.IsJudging || !link.IsUp)
        {
            return;
        }

        var told = judge.ToldUpTo;
        judge.StopJudging();
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(ProbeTimeout);
        var released = await TryUpdateAsync(JudgeLeaseRecord.Write("", told), _revision, bounded.Token);
        LogReleased(released);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await follower.Loaded.WaitAsync(stoppingToken);
        var answering = AnswerAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (link.IsUp)
            {
                await StepAsync(stoppingToken);
            }

            if (judge.IsJudging && !IsHeld)
            {
                Lost();
            }

            // A lost lease or a fresh link is looked at soon; a held one is renewed in its time.
            var pause = judge.IsJudging ? timings.JudgeRenewal : timings.JudgeRenewal / 4;
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await answering;
    }

    /// <summary>One look at the lease.</summary>
    private async Task StepAsync(CancellationToken stoppingToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(timings.JudgeRenewal);
        try
        {
            await storage.EnsureThisHomeAsync(bounded.Token);
            if (judge.IsJudging)
            {
                await RenewAsync(bounded.Token);
            }
            else
            {
                await TryTakeAsync(bounded.Token);
            }
        }
        catch (Exception e) when (e is NatsException or TimeoutException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            LogFailed(e.Message);
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var asked = clock.Now;
        var generation = link.Generation;
        var told = judge.ToldUpTo;
        var result = await Bucket.TryUpdateAsync(JudgeLeaseRecord.Key, JudgeLeaseRecord.Write(instance.Id, told), _revision, NatsRawSerializer<byte[]>.Default, cancellationToken);
        if (result.Success)
        {
            _revision = result.Value;
            Volatile.Write(ref _renewedAt, asked);
            if (generation == link.Generation)
            {
                // It went the same way, after the words: what the server has of it, it has of them.
                judge.ToldForSure(told);
            }
        }
        else if (result.Error is NatsKVWrongLastRevisionException)
        {
            Lost();
        }
        else
        {
            LogFailed(result.Error.Message);
        }
    }

    private async Task TryTakeAsync(CancellationToken cancellationToken)
    {
        var asked = clock.Now;
        var entry = await Bucket.TryGetEntryAsync<byte[]>(JudgeLeaseRecord.Key, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        if (!entry.Success)
        {
            if (entry.Error is NatsKVKeyNotFoundException or NatsKVKeyDeletedException)
            {
                var created = await Bucket.TryCreateAsync(JudgeLeaseRecord.Key, JudgeLeaseRecord.Write(instance.Id), NatsRawSerializer<byte[]>.Default, cancellationToken);
                Took(created, asked, null);
            }

            return;
        }

        var (holder, told) = JudgeLeaseRecord.Read(entry.Value.Value);
        if (await MayTakeAsync(holder, entry.Value.Revision, cancellationToken))
        {
            var mine = JudgeLeaseRecord.Write(instance.Id, told);
            var taken = await Bucket.TryUpdateAsync(JudgeLeaseRecord.Key, mine, entry.Value.Revision, NatsRawSerializer<byte[]>.Default, cancellationToken);
            Took(taken, asked, told);
        }
    }

    private async Task<bool> MayTakeAsync(string holder, ulong revision, CancellationToken cancellationToken)
    {
        if (holder.Length == 0 || string.Equals(holder, instance.Id, StringComparison.Ordinal))
        {
            return true;
        }

        if (revision != _seenRevision)
        {
            _seenRevision = revision;
            _seenSince = clock.Now;
        }

        return clock.Now - _seenSince >= (long)timings.JudgeTakeover.TotalMilliseconds || !await LivesAsync(holder, cancellationToken);
    }

    private async Task<bool> LivesAsync(string holder, CancellationToken cancellationToken)
    {
        try
        {
            var probe = new NatsSubOpts { Timeout = ProbeTimeout, ThrowIfNoResponders = true };
            await link.Home.RequestAsync<byte[]>(instance.LivesSubject(holder), NatsRawSerializer<byte[]>.Default, probe, cancellationToken);
            return true;
        }
        catch (NatsNoRespondersException)
        {
            return false;
        }
        catch (NatsNoReplyException)
        {
            // It is there but does not answer: only time tells.
            return true;
        }
    }

    private void Took(NatsResult<ulong> result, long asked, ulong? told)
    {
        if (!result.Success)
        {
            LogFailed(result.Error.Message);
            return;
        }

        _revision = result.Value;
        Volatile.Write(ref _renewedAt, asked);
        judge.StartJudging(result.Value, clock.Now, told);
        LogTook(result.Value);
        Acquired?.Invoke();
    }

    private void Lost()
    {
        judge.StopJudging();
        LogLost();
    }

    private async Task<bool> TryUpdateAsync(byte[] value, ulong revision, CancellationToken cancellationToken)
    {
        try
        {
            return (await Bucket.TryUpdateAsync(JudgeLeaseRecord.Key, value, revision, NatsRawSerializer<byte[]>.Default, cancellationToken)).Success;
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Tells the other sidecars that this one lives.</summary>
    private Task AnswerAsync(CancellationToken stoppingToken) => subscriptions.RunAsync<byte[]>(
        link.Home,
        instance.LivesSubject(instance.Id),
        null,
        16,
        message => message.ReplyAsync(cancellationToken: stoppingToken),
        log,
        stoppingToken);

    private INatsKVStore Bucket => storage.Bucket(HomeBucket.Leases);

    [LoggerMessage(3101, LogLevel.Information, "This sidecar judges who is online (fence {Fence})")]
    private partial void LogTook(ulong fence);

    [LoggerMessage(3102, LogLevel.Warning, "This sidecar no longer judges who is online")]
    private partial void LogLost();

    [LoggerMessage(3103, LogLevel.Debug, "The judge's lease could not be looked at or renewed: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(3104, LogLevel.Debug, "The judge's lease was given back: {Released}")]
    private partial void LogReleased(bool released);
}
