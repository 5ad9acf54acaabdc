using System.Globalization;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>
/// Publishing into a stream until it is acknowledged, the same message id each time, and an ordered consumer of another connection that must see every number once and in order.
/// </summary>
public sealed class StreamSoakLane(NatsConnection publisher, NatsConnection reader) : SoakLane("JetStream publish → ordered consumer")
{
    private const string Stream = "SOAK";
    private const string Subject = "soak.stream";
    private const int Kept = 100_000;

    private readonly NatsJSContext _js = new(publisher);
    private INatsJSConsumer? _consumer;

    public override bool IsAcknowledged => true;

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await _js.CreateStreamAsync(new StreamConfig(Stream, [Subject]) { MaxMsgs = Kept }, cancellationToken);
        _consumer = await new NatsJSContext(reader).CreateOrderedConsumerAsync(Stream, cancellationToken: cancellationToken);
    }

    protected override async Task SendSomeAsync(CancellationToken cancellationToken)
    {
        var number = Acknowledged + 1;
        Sent = number;
        var options = new NatsJSPubOpts { MsgId = number.ToString(CultureInfo.InvariantCulture) };
        var acknowledgement = await _js.PublishAsync(Subject, PayloadOf(number), opts: options, cancellationToken: cancellationToken);
        if (acknowledgement.Error is { } error)
        {
            throw new NatsJSApiException(error);
        }

        Acknowledged = number;
    }

    protected override async Task ReceiveAllAsync(CancellationToken cancellationToken)
    {
        await foreach (var msg in _consumer!.ConsumeAsync<byte[]>(cancellationToken: cancellationToken))
        {
            Arrived(msg.Data);
        }
    }
}
