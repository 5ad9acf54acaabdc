using NATS.Client.Core;
using NATS.Client.JetStream.Models;

namespace NATS.Client.JetStream.Internal;

/// <summary>
/// One consume or fetch of an ordered consumer: a <see cref="PullEngine{T}"/> of the server's consumer of the moment, the check that no message is missing, and the
/// making of the next one (ADR-17).
/// </summary>
internal sealed class OrderedReader<T>(
    NatsJSContext context,
    OrderedSource source,
    PullPlan plan,
    INatsDeserialize<T>? serializer,
    Action<ConsumerInfo> onCreated,
    CancellationToken cancellationToken) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>When something has been pending for so long, it is worth a question whether it still exists; and again after as long.</summary>
    private static readonly TimeSpan PendingPatience = TimeSpan.FromMilliseconds(500);

    /// <summary>So often in a row a server that answers may say no, for example that there is no such stream, before it is believed.</summary>
    private const int MaxRefusals = 8;

    private readonly long _deadline = Environment.TickCount64 + (long)plan.Expires.TotalMilliseconds;
    private PullEngine<T>? _engine;
    private string? _consumer;
    private ulong _consumerSequence;
    private int _delivered;
    private int _attempts;
    private string _lostBecause = "it begins";
    private bool _lost;
    private bool _started;
    private long _askedAt;

    internal MsgOrigin Origin { get; private set; } = new(context.Opts, isAcknowledged: false);

    internal Exception? Failure { get; private set; }

    /// <summary>How many messages were still to come after the last one that arrived.</summary>
    internal ulong Pending { get; private set; }

    internal PullStep Step(out NatsMsg<T> message)
    {
        message = default;
        if (Failure is not null)
        {
            return PullStep.Failed;
        }

        if (_engine is null || _lost)
        {
            return PullStep.Lost;
        }

        while (true)
        {
            var step = _engine.Step(out message);
            if (step != PullStep.Message)
            {
                return Classify(step);
            }

            if (!AckSubject.TryParse(message.ReplyTo, out var ack))
            {
                // Not of the stream: somebody else published to the inbox.
                continue;
            }

            if (ack.ConsumerSequence != _consumerSequence + 1)
            {
                return Lose($"sequence {ack.ConsumerSequence} of the consumer came after {_consumerSequence}");
            }

            _consumerSequence = ack.ConsumerSequence;
            _engine.LastConsumerSequence = (long)ack.ConsumerSequence;
            source.LastStreamSequence = ack.StreamSequence;
            Pending = ack.Pending;
            _attempts = 0;
            _delivered++;
            if (source.ClientFilters is not { } filters || SubjectFilter.MatchesAny(filters, message.Subject))
            {
                return PullStep.Message;
            }
        }
    }

    internal ValueTask<bool> WaitToReadAsync() => _engine!.WaitToReadAsync();

    /// <summary>
    /// As <see cref="WaitToReadAsync"/>, but does not wait for ever for what was pending and is gone: a message that was replaced or deleted before it was delivered
    /// never comes, and nothing tells so. Returns true with <see cref="Pending"/> 0 then. The question is also asked while messages come: a server that has lost count says with each of them that one
    /// more is pending (seen with 2.15), until the question has it count anew.
    /// </summary>
    internal async ValueTask<bool> WaitForPendingAsync()
    {
        var arrived = _engine!.WaitToReadAsync().AsTask();
        while (!cancellationToken.IsCancellationRequested)
        {
            var patience = PendingPatience - TimeSpan.FromMilliseconds(Environment.TickCount64 - _askedAt);
            if (patience > TimeSpan.Zero)
            {
                if (await Task.WhenAny(arrived, Task.Delay(patience, cancellationToken)) == arrived)
                {
                    break;
                }

                continue;
            }

            var isNothingPending = await IsNothingPendingAsync();
            _askedAt = Environment.TickCount64;
            if (isNothingPending)
            {
                Pending = 0;
                return true;
            }

            if (arrived.IsCompleted)
            {
                break;
            }
        }

        return await arrived;
    }

    internal void OnCompleted() => _engine!.OnCompleted();

    /// <summary>Does what <see cref="Step"/> asked for; false when there is nothing more to do.</summary>
    internal async ValueTask<bool> DoAsync(PullStep step)
    {
        switch (step)
        {
            case PullStep.Pull:
                await _engine!.PullAsync(cancellationToken);
                return true;
            case PullStep.Notify:
                await _engine!.NotifyAsync(cancellationToken);
                return true;
            default:
                return await ResetAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (_consumer is { } consumer)
        {
            _consumer = null;
            await ForgetAsync(consumer);
        }
    }

    /// <summary>Whether the server has nothing more to deliver and everything that it delivered has been read.</summary>
    private async ValueTask<bool> IsNothingPendingAsync()
    {
        try
        {
            var info = await context.GetConsumerInfoAsync(source.Stream, _consumer!, cancellationToken);
            return info.NumPending == 0 && (ulong)info.Delivered.ConsumerSeq == _consumerSequence;
        }
        catch (NatsException)
        {
            // The consumer or the server is gone: the heartbeats notice it, and the next consumer tells anew what is pending.
            return false;
        }
    }

    private PullStep Classify(PullStep step)
    {
        if (step == PullStep.Lost)
        {
            return Lose(_engine!.LostBecause);
        }

        if (step == PullStep.Failed)
        {
            Failure = _engine!.Failure;
        }

        return step;
    }

    private PullStep Lose(string reason)
    {
        _lost = true;
        _lostBecause = reason;
        return PullStep.Lost;
    }

    private async ValueTask<bool> ResetAsync()
    {
        await CloseAsync();
        var previous = _consumer;
        _consumer = null;
        while (true)
        {
            var left = plan with { MaxMsgs = plan.Once ? plan.MaxMsgs - _delivered : plan.MaxMsgs };
            if (cancellationToken.IsCancellationRequested || (plan.Once && (left.MaxMsgs <= 0 || TimeIsUp())))
            {
                return Stop();
            }

            if (await TryStartAsync(left))
            {
                break;
            }

            if (Failure is not null)
            {
                return true;
            }
        }

        if (previous is not null)
        {
            await ForgetAsync(previous);
        }

        return true;
    }

    private bool Stop()
    {
        if (plan.Once)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return false;
    }

    private bool TimeIsUp() => _attempts > 0 && Environment.TickCount64 >= _deadline;

    private async ValueTask<bool> TryStartAsync(PullPlan left)
    {
        try
        {
            JSLog.OrderedReset(context.Logger, source.Stream, source.LastStreamSequence, _lostBecause);
            var info = await source.CreateAsync(cancellationToken);
            onCreated(info);
            _consumer = info.Name;
            _consumerSequence = 0;
            Origin = new MsgOrigin(context.Opts, source.Stream, info.Name, isAcknowledged: false);
            _engine = await PullEngine<T>.StartAsync(context, source.Stream, info.Name, left, serializer, cancellationToken);
            _engine.LastConsumerSequence = 0;
            Pending = info.NumPending;
            _askedAt = Environment.TickCount64;
            _lost = false;
            _started = true;
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (NatsException e)
        {
            await AfterFailureAsync(e);
            return false;
        }
    }

    /// <summary>Whoever just began is told at once; whoever has been reading can expect the server to come back.</summary>
    private async ValueTask AfterFailureAsync(NatsException e)
    {
        _attempts++;
        var isRefused = e is NatsJSApiException { Error.Code: < 500 } && _attempts > MaxRefusals;
        var gaveUp = source.MaxResetAttempts >= 0 && _attempts > source.MaxResetAttempts;
        if (!_started || isRefused || gaveUp)
        {
            Failure = e;
            return;
        }

        JSLog.OrderedResetFailed(context.Logger, e, source.Stream, _attempts);
        var pause = FirstPause * Math.Pow(2, Math.Min(_attempts - 1, 10));
        await Task.Delay(pause < LongestPause ? pause : LongestPause, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async ValueTask CloseAsync()
    {
        if (_engine is { } engine)
        {
            _engine = null;
            await engine.DisposeAsync();
        }
    }

    /// <summary>Without this the consumer would stay for the inactive threshold. It is a courtesy: nothing is lost when it fails.</summary>
    private async ValueTask ForgetAsync(string consumer)
    {
        if (context.Connection.ConnectionState != NatsConnectionState.Open)
        {
            return;
        }

        try
        {
            await context.Connection.PublishAsync(
                context.ApiSubject($"CONSUMER.DELETE.{source.Stream}.{consumer}"),
                default(ReadOnlyMemory<byte>),
                serializer: RawSerializer.Default,
                cancellationToken: CancellationToken.None);
        }
        catch (NatsException e)
        {
            JSLog.OrderedResetFailed(context.Logger, e, source.Stream, 0);
        }
    }
}
