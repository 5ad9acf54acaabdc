using NATS.Client.Core;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-15: what acknowledgements are on the wire, and which are not sent.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr15AckWireRules(Topology topology) : JetStreamConformanceTest(topology)
{
    private static readonly AckOpts Confirmed = new() { DoubleAck = true };

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task Each_kind_of_acknowledgement_has_its_payload(CancellationToken token)
    {
        (await SentAsync(static x => x.AckAsync(), token)).ShouldBe("+ACK");
        (await SentAsync(static x => x.NakAsync(), token)).ShouldBe("-NAK");
        (await SentAsync(static x => x.AckProgressAsync(), token)).ShouldBe("+WPI");
        (await SentAsync(static x => x.AckTerminateAsync(), token)).ShouldBe("+TERM");
        (await SentAsync(static x => x.NakAsync(delay: TimeSpan.FromSeconds(1.5)), token)).ShouldBe("-NAK {\"delay\": 1500000000}");
    }

    [Test]
    [Rule("ADR-15", "JSAck")]
    public async Task An_acknowledgement_goes_to_the_reply_subject_as_it_came(CancellationToken token)
    {
        await using var acks = await WatchApiAsync(token, "$JS.ACK");
        var (_, _, consumer) = await CreateConsumerAsync(1, token);
        var msg = await consumer.NextAsync<int>(cancellationToken: token);
        await msg!.AckAsync(cancellationToken: token);
        $"$JS.ACK.{(await acks.NextAsync(token)).Api}".ShouldBe(msg.ReplyTo);
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task After_an_acknowledgement_that_ends_it_nothing_more_is_sent_about_a_message(CancellationToken token)
    {
        Func<INatsJSMsg<int>, ValueTask>[] endings = [static x => x.AckAsync(), static x => x.NakAsync(), static x => x.AckTerminateAsync()];
        foreach (var ending in endings)
        {
            await using var acks = await WatchApiAsync(token, "$JS.ACK");
            var (js, _, consumer) = await CreateConsumerAsync(1, token);
            var msg = (await consumer.NextAsync<int>(cancellationToken: token))!;
            await msg.AckProgressAsync(cancellationToken: token);
            await msg.AckProgressAsync(cancellationToken: token);
            await ending(msg);
            await msg.AckAsync(Confirmed, token);
            await msg.NakAsync(cancellationToken: token);
            await msg.AckProgressAsync(cancellationToken: token);
            await msg.AckTerminateAsync(cancellationToken: token);
            await js.Connection.PublishAsync("$JS.ACK.end", cancellationToken: token);
            (await acks.NextAsync(token)).Body.ShouldBe("+WPI");
            (await acks.NextAsync(token)).Body.ShouldBe("+WPI");
            (await acks.NextAsync(token)).Body.ShouldNotBe("+WPI");
            (await acks.NextAsync(token)).Api.ShouldBe("end");
        }
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task An_acknowledgement_that_failed_may_be_sent_again(CancellationToken token)
    {
        await using var server = new ScriptedJetStream(static x => x with { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        var pulling = server.Consumer().NextAsync<int>(cancellationToken: token).AsTask();
        await server.DeliverAsync(await server.NextAsync(token), 1);
        var msg = (await pulling)!;
        await Should.ThrowAsync<NatsException>(msg.AckAsync(Confirmed, token).AsTask());
        (await server.NextAsync(token)).Body.ShouldBe("+ACK");
        await msg.AckAsync(cancellationToken: token);
        (await server.NextAsync(token)).Body.ShouldBe("+ACK");
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task Nothing_is_sent_about_messages_of_an_ordered_consumer(CancellationToken token)
    {
        await using var acks = await WatchApiAsync(token, "$JS.ACK");
        var (js, stream, _) = await CreateConsumerAsync(1, token);
        var msg = (await (await stream.CreateOrderedConsumerAsync(cancellationToken: token)).NextAsync<int>(cancellationToken: token))!;
        await msg.AckAsync(Confirmed, token);
        await msg.AckProgressAsync(cancellationToken: token);
        await js.Connection.PublishAsync("$JS.ACK.end", cancellationToken: token);
        (await acks.NextAsync(token)).Api.ShouldBe("end");
    }

    [Test]
    [Rule("ADR-15", "Ack Handling")]
    public async Task A_message_that_came_without_a_reply_subject_cannot_be_acknowledged(CancellationToken token)
    {
        var js = JetStream();
        var subject = UniqueName();
        await using var subscription = await js.Connection.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        await js.Connection.PublishAsync(subject, 1, cancellationToken: token);
        var msg = new NatsJSMsg<int>(await subscription.Msgs.ReadAsync(token), js);
        msg.Metadata.ShouldBeNull();
        await Should.ThrowAsync<NatsException>(async () => await msg.AckAsync(cancellationToken: token));
    }

    private async Task<string> SentAsync(Func<INatsJSMsg<int>, ValueTask> acknowledge, CancellationToken token)
    {
        await using var acks = await WatchApiAsync(token, "$JS.ACK");
        var (_, _, consumer) = await CreateConsumerAsync(1, token);
        await acknowledge((await consumer.NextAsync<int>(cancellationToken: token))!);
        return (await acks.NextAsync(token)).Body;
    }
}
