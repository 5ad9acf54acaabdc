using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>Draining: nothing that the server had sent is lost when a subscription ends.</summary>
public partial class NatsConnection
{
    private static readonly TimeSpan MaxFlushOnDispose = TimeSpan.FromSeconds(2);

    /// <summary>Waits for the PONG to a PING, at most <see cref="NatsOpts.DrainPingTimeout"/>; a lost connection ends the wait, for then nothing is in flight.</summary>
    internal async ValueTask FenceAsync(string what, CancellationToken cancellationToken)
    {
        var waiter = new PingWaiter();
        if (!_outbound.WritePing(waiter))
        {
            return;
        }

        try
        {
            await waiter.Task.WaitAsync(Opts.DrainPingTimeout, cancellationToken);
        }
        catch (Exception e) when (e is TimeoutException or NatsException)
        {
            Log.DrainUnconfirmed(_logger, what);
        }
    }

    /// <summary>All subscriptions at once: UNSUB for each, one PING for all, then the channels close and readers empty them.</summary>
    private async ValueTask DrainAllAsync()
    {
        var subs = _subscriptions.All.Where(sub => !ReferenceEquals(sub, _replies)).ToArray();
        foreach (var sub in subs)
        {
            _outbound.WriteControl(CommandEncoder.Unsubscribe(sub.Sid));
        }

        await FenceAsync("the connection", CancellationToken.None);
        foreach (var sub in subs)
        {
            await sub.UnsubscribeAsync();
        }
    }
}
