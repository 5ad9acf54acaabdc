using NATS.Client.Core;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>Plain publishing to a plain subscription of another connection.</summary>
public sealed class CoreSoakLane(NatsConnection publisher, NatsConnection subscriber) : SoakLane("publish → subscribe")
{
    private const string Subject = "soak.core";
    private const int Burst = 20;

    private INatsSub<byte[]>? _sub;

    public override bool IsAcknowledged => false;

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _sub = await subscriber.SubscribeCoreAsync<byte[]>(Subject, cancellationToken: cancellationToken);
        await subscriber.PingAsync(cancellationToken);
    }

    protected override async Task SendSomeAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < Burst; i++)
        {
            Sent++;
            await publisher.PublishAsync(Subject, PayloadOf(Sent), cancellationToken: cancellationToken);
        }
    }

    protected override async Task ReceiveAllAsync(CancellationToken cancellationToken)
    {
        await using var sub = _sub!;
        await foreach (var msg in sub.Msgs.ReadAllAsync(cancellationToken))
        {
            Arrived(msg.Data);
        }
    }
}
