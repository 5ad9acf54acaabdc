using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Leadership.Internal;

/// <summary>One lease. One loop looks at it and renews it; nothing else writes its fields.</summary>
internal sealed partial class Lease(
    string job, string instance, IHomeLink link, IHomeStorage storage, Subscriptions subscriptions, LeaseTimings timings,
    TimeProvider time, ILogger log) : ILease
{
    private readonly long _start = time.GetTimestamp();
    private volatile bool _isHeld;
    private ulong _fence;
    private ulong _revision;
    private long _renewedAt;
    private ulong _seenRevision;
    private TimeSpan _seenSince;

    public event Action? Acquired;

    public event Action? Lost;

    public bool IsHeld => _isHeld && Now.Ticks - Volatile.Read(ref _renewedAt) < timings.Stop.Ticks;

    public ulong Fence => Volatile.Read(ref _fence);

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        ValueTask AnswerAsync(NatsMsg<byte[]> message) => message.ReplyAsync(cancellationToken: stoppingToken);
        var answering = subscriptions.RunAsync<byte[]>(link.Home, SubjectOf(instance), null, 16, AnswerAsync, log, stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (link.IsUp)
            {
                await StepAsync(stoppingToken);
            }

            if (_isHeld && !IsHeld)
            {
                Lose();
            }

            // A lost lease or a fresh connection is looked at soon; a held one is renewed in its time.
            var pause = _isHeld ? timings.Renewal : timings.Renewal / 4;
            await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await ReleaseAsync();
        await answering;
    }

    private async Task StepAsync(CancellationToken stoppingToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        bounded.CancelAfter(timings.Renewal);
        try
        {
            await storage.EnsureThisHomeAsync(bounded.Token);
            await (_isHeld ? RenewAsync(bounded.Token) : TryAcquireAsync(bounded.Token));
        }
        catch (Exception e) when (NatsTrouble.Is(e, stoppingToken))
        {
            LogFailed(job, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Stopping: what was acquired is given back.
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var asked = Now;
        var result = await Bucket.TryUpdateAsync(
            job, LeaseRecord.Write(instance), _revision, NatsRawSerializer<byte[]>.Default, cancellationToken);
        if (result.Success)
        {
            _revision = result.Value;
            Volatile.Write(ref _renewedAt, asked.Ticks);
        }
        else if (result.Error is NatsKVWrongLastRevisionException)
        {
            Lose();
        }
        else
        {
            LogFailed(job, result.Error.Message);
        }
    }

    private async Task TryAcquireAsync(CancellationToken cancellationToken)
    {
        var asked = Now;
        var mine = LeaseRecord.Write(instance);
        var entry = await Bucket.TryGetEntryAsync<byte[]>(
            job, serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        if (entry.Success)
        {
            if (await MayTakeAsync(LeaseRecord.HolderOf(entry.Value.Value), entry.Value.Revision, cancellationToken))
            {
                var revision = entry.Value.Revision;
                var taken = await Bucket.TryUpdateAsync(
                    job, mine, revision, NatsRawSerializer<byte[]>.Default, cancellationToken);
                Take(taken, asked);
            }
        }
        else if (entry.Error is NatsKVKeyNotFoundException or NatsKVKeyDeletedException)
        {
            Take(await Bucket.TryCreateAsync(job, mine, NatsRawSerializer<byte[]>.Default, cancellationToken), asked);
        }
        else
        {
            LogFailed(job, entry.Error.Message);
        }
    }

    private async Task<bool> MayTakeAsync(string holder, ulong revision, CancellationToken cancellationToken)
    {
        if (holder.Length == 0 || string.Equals(holder, instance, StringComparison.Ordinal))
        {
            return true;
        }

        if (revision != _seenRevision)
        {
            _seenRevision = revision;
            _seenSince = Now;
        }

        return Now - _seenSince >= timings.Takeover || !await IsThereAsync(holder, cancellationToken);
    }

    private async Task<bool> IsThereAsync(string holder, CancellationToken cancellationToken)
    {
        try
        {
            var question = new NatsSubOpts { Timeout = timings.Answer, ThrowIfNoResponders = true };
            await link.Home.RequestAsync<byte[]>(
                SubjectOf(holder), NatsRawSerializer<byte[]>.Default, question, cancellationToken);
            return true;
        }
        catch (NatsNoRespondersException)
        {
            return false;
        }
        catch (NatsNoReplyException)
        {
            // Subscribed, but it does not answer: only time tells.
            return true;
        }
    }

    private void Take(NatsResult<ulong> result, TimeSpan asked)
    {
        if (!result.Success)
        {
            // Another sidecar was faster, or KV is away: both are looked at again.
            LogFailed(job, result.Error.Message);
            return;
        }

        _revision = result.Value;
        Volatile.Write(ref _fence, result.Value);
        Volatile.Write(ref _renewedAt, asked.Ticks);
        _isHeld = true;
        LogAcquired(job, result.Value);
        Acquired?.Invoke();
    }

    private void Lose()
    {
        _isHeld = false;
        LogLost(job);
        Lost?.Invoke();
    }

    private async Task ReleaseAsync()
    {
        if (!_isHeld)
        {
            return;
        }

        _isHeld = false;
        Lost?.Invoke();
        if (!link.IsUp)
        {
            return;
        }

        using var bounded = new CancellationTokenSource(timings.Answer, time);
        try
        {
            var released = await Bucket.TryUpdateAsync(
                job, LeaseRecord.Write(""), _revision, NatsRawSerializer<byte[]>.Default, bounded.Token);
            LogReleased(job, released.Success);
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            LogReleased(job, false);
        }
    }

    /// <summary>Where an instance answers as long as it runs.</summary>
    private string SubjectOf(string holder) => $"{storage.Subjects.Root}.leadership.{job}.{holder}";

    private TimeSpan Now => time.GetElapsedTime(_start);

    private INatsKVStore Bucket => storage.Bucket(storage.Names.LeasesBucket);

    [LoggerMessage(3101, LogLevel.Information, "This sidecar leads {Job} (fence {Fence})")]
    private partial void LogAcquired(string job, ulong fence);

    [LoggerMessage(3102, LogLevel.Warning, "This sidecar no longer leads {Job}")]
    private partial void LogLost(string job);

    [LoggerMessage(3103, LogLevel.Debug, "The lease of {Job} could not be read, acquired or renewed: {Reason}")]
    private partial void LogFailed(string job, string reason);

    [LoggerMessage(3104, LogLevel.Debug, "The lease of {Job} was given back: {Released}")]
    private partial void LogReleased(string job, bool released);
}
