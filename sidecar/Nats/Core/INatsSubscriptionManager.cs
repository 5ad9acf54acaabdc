namespace NATS.Client.Core;

/// <summary>Where a subscription takes itself off its connection.</summary>
public interface INatsSubscriptionManager
{
    /// <summary>Forgets the subscription and tells the server (UNSUB).</summary>
    ValueTask RemoveAsync(NatsSubBase sub);
}
