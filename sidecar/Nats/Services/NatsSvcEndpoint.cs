using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using NATS.Client.Services.Internal;

namespace NATS.Client.Services;

/// <summary>An endpoint: a subscription whose messages go to a handler, one after the other.</summary>
/// <typeparam name="T">Type of the requests.</typeparam>
public sealed class NatsSvcEndpoint<T> : NatsSvcEndpointBase
{
    private const int HandlerFailed = 500;

    private readonly ILogger _logger;
    private readonly Func<NatsSvcMsg<T>, ValueTask> _handler;
    private readonly INatsSub<T> _sub;

    /// <summary>True in what the handler does.</summary>
    private readonly AsyncLocal<bool> _inHandler = new();

    private readonly CancellationTokenRegistration _stopping;
    private readonly Task _work;

    internal NatsSvcEndpoint(
        ILogger logger,
        INatsSub<T> sub,
        string name,
        IDictionary<string, string>? metadata,
        Func<NatsSvcMsg<T>, ValueTask> handler,
        CancellationToken cancellationToken)
        : base(name, sub.Subject, sub.QueueGroup, metadata)
    {
        _logger = logger;
        _sub = sub;
        _handler = handler;
        _work = WorkAsync();
        _stopping = cancellationToken.UnsafeRegister(static state => _ = ((NatsSvcEndpoint<T>)state!).StopAsync(), this);
    }

    /// <summary>Takes no more requests, and waits until those that the server had sent before are answered; its own handler, which would wait for itself, does not wait.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _stopping.DisposeAsync();
        await StopAsync();
        if (!_inHandler.Value)
        {
            await _work;
        }

        await _sub.DisposeAsync();
    }

    private async Task StopAsync()
    {
        try
        {
            await _sub.DrainAsync();
        }
        catch (NatsException e)
        {
            SvcLog.UnsubscribeFailed(_logger, e, Subject);
        }
    }

    private async Task WorkAsync()
    {
        // Off the caller: the first request may lie there already.
        await Task.Yield();
        _inHandler.Value = true;
        await foreach (var msg in _sub.Msgs.ReadAllAsync())
        {
            var started = Stopwatch.GetTimestamp();
            var request = new NatsSvcMsg<T>(msg, this, msg.Error);
            try
            {
                await _handler(request);
            }
            catch (NatsSvcEndpointException e)
            {
                await ReplyErrorAsync(request, e.Code, e.Message, e.Body);
            }
            catch (Exception e)
            {
                // What an unforeseen exception says may be none of the requester's business.
                SvcLog.HandlerFailed(_logger, e, Name, Subject);
                await ReplyErrorAsync(request, HandlerFailed, "Handler error", string.Empty);
            }

            CountRequest(Stopwatch.GetElapsedTime(started));
        }
    }

    private async ValueTask ReplyErrorAsync(NatsSvcMsg<T> request, int code, string message, string body)
    {
        try
        {
            if (string.IsNullOrEmpty(request.ReplyTo))
            {
                CountError(code, message);
            }
            else
            {
                await request.ReplyErrorAsync(code, message, body, serializer: Utf8TextSerializer.Default);
            }
        }
        catch (Exception e)
        {
            // A requester may name a reply subject that nobody can publish to: the next one is to be answered all the same.
            SvcLog.ReplyFailed(_logger, e, Name, Subject);
        }
    }
}
