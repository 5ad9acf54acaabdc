using System.Runtime.CompilerServices;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Messages;

/// <summary>
/// A client's Subscribe (contract/protocol.md, "Messages"): one core subscription a subject, so messages while NATS is away are
/// lost. It begins again then, with the last stored message of the subject where a stream has one.
/// </summary>
internal sealed partial class MessageFeed(
    MessageConnection connection, LastMessages last, IHomeStorage storage, TimeProvider time, ILogger<MessageFeed> log)
{
    private readonly LogPause _pause = new(time);

    /// <summary>Which subjects clients may use.</summary>
    public ClientSubjects Rules { get; } = new(storage.Subjects);

    /// <summary>The items. The same <see cref="Frame"/> each time: it must be used up before the next is asked for.</summary>
    public async IAsyncEnumerable<Frame> ReadAsync(string subject, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        using var queue = new MessageQueue();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var nats = connection.Nats;
        nats.ConnectionDisconnected += Lost;
        nats.ServerError += Refused;
        var subscribed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = ReadAsync(nats, subject, queue, subscribed, stop.Token);
        var frame = new Frame();
        try
        {
            while (await NextAsync(subject, queue, subscribed.Task, cancellationToken) is { } item)
            {
                frame.Clear();
                Write(frame, subject, item);
                yield return frame;
                if (item.End is not null)
                {
                    yield break;
                }
            }
        }
        finally
        {
            nats.ConnectionDisconnected -= Lost;
            nats.ServerError -= Refused;
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        ValueTask Lost(object? sender, NatsEventArgs arguments)
        {
            queue.Lose();
            return ValueTask.CompletedTask;
        }

        ValueTask Refused(object? sender, NatsServerErrorEventArgs arguments)
        {
            if (DeniedSubject.Read(arguments.Error) is { IsPublish: false } denied && denied.Subject == subject)
            {
                queue.End(MessageErrors.Denied(denied.ToString()));
            }

            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Null: the client is gone.</summary>
    private async Task<MessageQueue.Item?> NextAsync(
        string subject, MessageQueue queue, Task subscribed, CancellationToken cancellationToken)
    {
        try
        {
            var item = await queue.TakeAsync(cancellationToken);
            if (!item.Begins)
            {
                return item;
            }

            await subscribed.WaitAsync(cancellationToken);

            // Answered behind the subscription: what is published from here on is received.
            await connection.Nats.PingAsync(cancellationToken);
            return item with { Message = await last.FindAsync(subject, cancellationToken) };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException or ObjectDisposedException)
        {
            // It ends; the client subscribes again.
            return new MessageQueue.Item(End: MessageErrors.NotSent(e.Message));
        }
    }

    private void Write(Frame frame, string subject, MessageQueue.Item item)
    {
        if (item.End is { } error)
        {
            ControlFrames.WriteBye(frame, error);
        }
        else if (item.Begins)
        {
            MessageFrames.WriteBegin(frame, item.Message);
        }
        else if (item.IsLost)
        {
            MessageFrames.WriteLost(frame);
        }
        else if (item.Dropped > 0)
        {
            MessageFrames.WriteDropped(frame, item.Dropped);
            if (_pause.TryPass())
            {
                LogDropped(subject, item.Dropped);
            }
        }
        else
        {
            MessageFrames.WriteMessage(frame, item.Message!);
        }
    }

    private async Task ReadAsync(
        NatsConnection nats, string subject, MessageQueue queue, TaskCompletionSource subscribed, CancellationToken cancellationToken)
    {
        try
        {
            await using var subscription = await nats.SubscribeCoreAsync<byte[]>(subject, cancellationToken: cancellationToken);
            subscribed.TrySetResult();
            await foreach (var message in subscription.Msgs.ReadAllAsync(cancellationToken))
            {
                if (!Rules.IsHidden(message.Subject))
                {
                    queue.Add(LastMessages.Of(message.Subject, message.Data, message.Headers));
                }
            }

            queue.End(HubErrors.Shutdown);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            queue.End(MessageErrors.NotSent(e.Message));
        }
        finally
        {
            subscribed.TrySetResult();
        }
    }

    [LoggerMessage(6030, LogLevel.Warning,
        "Messages on {Subject} come faster than a client takes them: {Count} were dropped (logged once a minute)")]
    private partial void LogDropped(string subject, long count);
}
