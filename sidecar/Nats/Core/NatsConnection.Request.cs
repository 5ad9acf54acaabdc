using System.Runtime.CompilerServices;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

public partial class NatsConnection
{
    /// <summary>What is longer than a timer can be is for ever.</summary>
    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(int.MaxValue);

    private readonly SemaphoreSlim _replyGate = new(1, 1);
    private volatile ReplyInbox? _replies;

    internal ObjectPool<ReplyTimer> ReplyTimers { get; } = new(64, static _ => new ReplyTimer(), static timer => timer.Dispose());

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<NatsMsg<TReply>> RequestAsync<TRequest, TReply>(
        string subject,
        TRequest? data,
        NatsHeaders? headers = default,
        INatsSerialize<TRequest>? requestSerializer = default,
        INatsDeserialize<TReply>? replySerializer = default,
        NatsPubOpts? requestOpts = default,
        NatsSubOpts? replyOpts = default,
        CancellationToken cancellationToken = default)
    {
        CheckRequest(subject);
        using var activity = Telemetry.HasListeners() ? Telemetry.StartSend(this, "request", subject, null, ref headers) : null;
        try
        {
            var timeout = replyOpts?.Timeout is { } asked && asked != default ? asked : Opts.RequestTimeout;
            var replies = _replies is { IsEnded: false } inbox ? inbox : await OpenRepliesInTimeAsync(timeout, cancellationToken);
            using var slot = new ReplySlot<TReply>(this, replySerializer ?? Opts.SerializerRegistry.GetDeserializer<TReply>(), replyOpts) { Subject = subject };
            var replyTo = replies.Add(slot);
            try
            {
                var reply = slot.Start(timeout, cancellationToken);
                var sent = Send(subject, data!, headers, replyTo, requestSerializer ?? Opts.SerializerRegistry.GetSerializer<TRequest>(), cancellationToken, slot);
                if (!sent.IsCompletedSuccessfully)
                {
                    await SentOrEndedAsync(sent.AsTask(), slot);
                }

                return await reply;
            }
            finally
            {
                replies.Remove(slot);
            }
        }
        catch (Exception e)
        {
            Telemetry.SetError(activity, e);
            throw;
        }
    }

    public ValueTask<NatsMsg<TReply>> RequestAsync<TReply>(
        string subject,
        INatsDeserialize<TReply>? replySerializer = default,
        NatsSubOpts? replyOpts = default,
        CancellationToken cancellationToken = default) =>
        RequestAsync<ReadOnlyMemory<byte>, TReply>(
            subject, default, null, NatsRawSerializer<ReadOnlyMemory<byte>>.Default, replySerializer, null, replyOpts, cancellationToken);

    public async IAsyncEnumerable<NatsMsg<TReply>> RequestManyAsync<TRequest, TReply>(
        string subject,
        TRequest? data,
        NatsHeaders? headers = default,
        INatsSerialize<TRequest>? requestSerializer = default,
        INatsDeserialize<TReply>? replySerializer = default,
        NatsPubOpts? requestOpts = default,
        NatsSubOpts? replyOpts = default,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // ADR-47: it ends in any case: at the sentinel, with the answer that nobody listens, after the total time.
        replyOpts ??= new NatsSubOpts();
        replyOpts = replyOpts with
        {
            StopOnEmptyMsg = replyOpts.StopOnEmptyMsg ?? true,
            ThrowIfNoResponders = replyOpts.ThrowIfNoResponders ?? true,
            Timeout = replyOpts.Timeout is { } total && total > TimeSpan.Zero ? total : Opts.RequestTimeout,
        };
        await using var sub = await CreateRequestSubAsync<TRequest, TReply>(
            subject, data, headers, requestSerializer, replySerializer, requestOpts, replyOpts, cancellationToken);
        while (await sub.Msgs.WaitToReadAsync(cancellationToken))
        {
            while (sub.Msgs.TryRead(out var msg))
            {
                yield return msg;
            }
        }
    }

    public async ValueTask<NatsSub<TReply>> CreateRequestSubAsync<TRequest, TReply>(
        string subject,
        TRequest? data,
        NatsHeaders? headers = default,
        INatsSerialize<TRequest>? requestSerializer = default,
        INatsDeserialize<TReply>? replySerializer = default,
        NatsPubOpts? requestOpts = default,
        NatsSubOpts? replyOpts = default,
        CancellationToken cancellationToken = default)
    {
        CheckRequest(subject);
        replySerializer ??= Opts.SerializerRegistry.GetDeserializer<TReply>();
        var sub = new NatsSub<TReply>(this, _subscriptions, NewInbox(), queueGroup: null, replyOpts, replySerializer, cancellationToken);
        try
        {
            await AddSubAsync(sub, cancellationToken);
            await PublishInTimeAsync(sub);
            return sub;
        }
        catch
        {
            await sub.UnsubscribeAsync();
            throw;
        }

        // The time of the replies is the request's as well: it is not sent when nobody waits for them any more.
        async ValueTask PublishInTimeAsync(NatsSub<TReply> replies)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (replyOpts?.Timeout is { } timeout && timeout > TimeSpan.Zero)
            {
                limit.CancelAfter(timeout);
            }

            try
            {
                await PublishAsync(subject, data!, headers, replies.Subject, requestSerializer, requestOpts, limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The subscription ends by its own timer.
                return;
            }
        }
    }

    private void CheckRequest(string subject)
    {
        ThrowIfDisposed();
        if (!Opts.SkipSubjectValidation)
        {
            SubjectValidator.CheckPublish(subject);
        }
    }

    /// <summary>
    /// A request that cannot be sent within its time fails with that; its slot must not wait longer than the send. A slot that has a result tells it, also where the send has ended as well: the write
    /// buffer drops what nobody waits for any more.
    /// </summary>
    private static async Task SentOrEndedAsync(Task sending, ReplySlot slot)
    {
        await Task.WhenAny(sending, slot.Finished);
        if (slot.IsDone)
        {
            LeaveAlone(sending);
            return;
        }

        await sending;
    }

    /// <summary>What becomes of it interests nobody any more.</summary>
    private static void LeaveAlone(Task task) =>
        _ = task.ContinueWith(static x => x.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>The first request waits for the connection, and no longer than it would wait for its reply.</summary>
    private async ValueTask<ReplyInbox> OpenRepliesInTimeAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var opening = OpenRepliesAsync(cancellationToken).AsTask();
        try
        {
            return await opening.WaitAsync(timeout < LongestTimer ? timeout : Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (TimeoutException)
        {
            LeaveAlone(opening);
            throw new NatsNoReplyException();
        }
    }

    private async ValueTask<ReplyInbox> OpenRepliesAsync(CancellationToken cancellationToken)
    {
        await _replyGate.WaitAsync(cancellationToken);
        try
        {
            if (_replies is { IsEnded: false } open)
            {
                return open;
            }

            var replies = ReplyInbox.Create(this, _subscriptions);
            await AddSubAsync(replies, cancellationToken);
            _replies = replies;
            return replies;
        }
        finally
        {
            _replyGate.Release();
        }
    }
}
