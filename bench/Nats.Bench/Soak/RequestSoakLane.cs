using NATS.Client.Core;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>Requests to a responder on another connection that sends back what it got; the answer must be that of the question.</summary>
public sealed class RequestSoakLane(NatsConnection asking, NatsConnection answering) : SoakLane("request-reply")
{
    private const string Subject = "soak.request";
    private static readonly NatsSubOpts AnswerLimit = new() { Timeout = TimeSpan.FromSeconds(2) };

    private INatsSub<byte[]>? _sub;

    public override bool IsAcknowledged => false;

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _sub = await answering.SubscribeCoreAsync<byte[]>(Subject, cancellationToken: cancellationToken);
        await answering.PingAsync(cancellationToken);
    }

    protected override async Task SendSomeAsync(CancellationToken cancellationToken)
    {
        Sent++;
        var question = PayloadOf(Sent);
        var answer = await asking.RequestAsync<byte[], byte[]>(Subject, question, replyOpts: AnswerLimit, cancellationToken: cancellationToken);
        answer.EnsureSuccess();
        if (answer.Data is not { } data || !question.AsSpan().SequenceEqual(data))
        {
            Doubled++;
        }

        Acknowledged++;
    }

    protected override async Task ReceiveAllAsync(CancellationToken cancellationToken)
    {
        await using var sub = _sub!;
        await foreach (var msg in sub.Msgs.ReadAllAsync(cancellationToken))
        {
            Arrived(msg.Data);
            await msg.ReplyAsync(msg.Data, cancellationToken: cancellationToken);
        }
    }
}
