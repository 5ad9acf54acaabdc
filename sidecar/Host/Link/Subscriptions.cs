using System.Threading.Channels;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>A subscription that lasts as long as the sidecar: an exception of one message does not end it.</summary>
public sealed partial class Subscriptions(TimeProvider time)
{
    /// <summary>Hands each message to <paramref name="handle"/>, one after the other, until stopped.</summary>
    /// <param name="connection">The connection; it subscribes again after each reconnect.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="queueGroup">Sidecars that share the work; null: every sidecar gets every message.</param>
    /// <param name="capacity">
    /// How many messages wait at most; when it is full the newest of them is dropped, and the connection raises
    /// <c>MessageDropped</c>.
    /// </param>
    /// <param name="handle">What to do with it; must not wait for anything slow.</param>
    /// <param name="log">Where failures go.</param>
    /// <param name="stoppingToken">Ends it.</param>
    public async Task RunAsync<T>(
        INatsConnection connection, string subject, string? queueGroup, int capacity, Func<NatsMsg<T>, ValueTask> handle,
        ILogger log, CancellationToken stoppingToken)
    {
        var buffer = new NatsSubChannelOpts { Capacity = capacity, FullMode = BoundedChannelFullMode.DropNewest };
        var options = new NatsSubOpts { ChannelOpts = buffer };
        var backOff = new OutageBackOff(time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var messages = connection.SubscribeAsync<T>(subject, queueGroup, opts: options, cancellationToken: stoppingToken);
                await foreach (var message in messages)
                {
                    backOff.Reset();
                    await HandleAsync(message, handle, log, stoppingToken);
                }
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogEnded(log, subject, e.Message);
            }
            catch (OperationCanceledException)
            {
                // Stopped, or the connection is being closed: the loop's condition tells which.
            }

            await backOff.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async ValueTask HandleAsync<T>(
        NatsMsg<T> message, Func<NatsMsg<T>, ValueTask> handle, ILogger log, CancellationToken stoppingToken)
    {
        try
        {
            message.EnsureSuccess();
            await handle(message);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            LogFailed(log, message.Subject, e);
        }
    }

    [LoggerMessage(3001, LogLevel.Warning, "The subscription to {Subject} ended and is made again: {Reason}")]
    private static partial void LogEnded(ILogger logger, string subject, string reason);

    [LoggerMessage(3002, LogLevel.Error, "A message on {Subject} could not be handled")]
    private static partial void LogFailed(ILogger logger, string subject, Exception exception);
}
