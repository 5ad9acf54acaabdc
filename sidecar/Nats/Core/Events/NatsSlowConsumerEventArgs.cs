namespace NATS.Client.Core;

public class NatsSlowConsumerEventArgs : NatsEventArgs
{
    public NatsSlowConsumerEventArgs(NatsSubBase subscription)
        : base($"Slow consumer detected on subscription {(subscription ?? throw new ArgumentNullException(nameof(subscription))).Subject}") =>
        Subscription = subscription;

    public NatsSubBase Subscription { get; }
}
