using System.Buffers;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>ADR-22: publishing with acknowledgement.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class PublishTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task The_acknowledgement_names_stream_and_sequence(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var name = stream.Info.Config.Name!;
        var ack = await js.PublishAsync($"{name}.a", 1, cancellationToken: token);
        ack.EnsureSuccess();
        ack.IsSuccess().ShouldBeTrue();
        ack.Stream.ShouldBe(name);
        ack.Seq.ShouldBe(1ul);
        (await js.PublishAsync($"{name}.a", 2, cancellationToken: token)).Seq.ShouldBe(2ul);
    }

    /// <summary>Nats-Msg-Id: within the duplicate window a message is stored once.</summary>
    [Test]
    public async Task A_message_with_a_known_id_is_a_duplicate(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var subject = $"{stream.Info.Config.Name}.a";
        await js.PublishAsync(subject, 1, opts: new NatsJSPubOpts { MsgId = "one" }, cancellationToken: token);
        var again = await js.PublishAsync(subject, 1, opts: new NatsJSPubOpts { MsgId = "one" }, cancellationToken: token);
        again.Duplicate.ShouldBeTrue();
        again.Seq.ShouldBe(1ul);
        Should.Throw<NatsJSDuplicateMessageException>(again.EnsureSuccess).Sequence.ShouldBe(1ul);
    }

    [Test]
    public async Task Expectations_that_do_not_hold_are_refused(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var name = stream.Info.Config.Name!;
        await js.PublishAsync($"{name}.a", 1, opts: new NatsJSPubOpts { MsgId = "one", ExpectedLastSequence = 0 }, cancellationToken: token);
        (await PublishAsync(new NatsJSPubOpts { ExpectedStream = "OTHER" })).Error!.ErrCode.ShouldBe(10060);
        (await PublishAsync(new NatsJSPubOpts { ExpectedLastSequence = 7 })).Error!.ErrCode.ShouldBe(10071);
        (await PublishAsync(new NatsJSPubOpts { ExpectedLastSubjectSequence = 7 })).Error!.ErrCode.ShouldBe(10071);
        (await PublishAsync(new NatsJSPubOpts { ExpectedLastMsgId = "two" })).Error!.ErrCode.ShouldBe(10070);
        var fine = new NatsJSPubOpts { ExpectedStream = name, ExpectedLastSequence = 1, ExpectedLastSubjectSequence = 1, ExpectedLastMsgId = "one" };
        (await PublishAsync(fine)).Seq.ShouldBe(2ul);

        ValueTask<PubAckResponse> PublishAsync(NatsJSPubOpts opts) => js.PublishAsync($"{name}.a", 2, opts: opts, cancellationToken: token);
    }

    [Test]
    public async Task The_callers_headers_go_with_the_message_and_stay_as_they_were(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var headers = new NatsHeaders { ["X-Mine"] = "yes" };
        await js.PublishAsync($"{stream.Info.Config.Name}.a", 1, opts: new NatsJSPubOpts { MsgId = "id" }, headers: headers, cancellationToken: token);
        headers.Keys.ShouldBe(["X-Mine"]);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var msg = await consumer.NextAsync<int>(cancellationToken: token);
        msg!.Headers!["X-Mine"].ToString().ShouldBe("yes");
        msg.Headers["Nats-Msg-Id"].ToString().ShouldBe("id");
    }

    [Test]
    public async Task A_publish_that_no_stream_takes_is_tried_again_until_one_does(CancellationToken token)
    {
        var js = JetStream();
        var name = UniqueName();
        var opts = new NatsJSPubOpts { RetryAttempts = 100, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(50) };
        var tries = new CountingSerializer();
        var publishing = js.PublishAsync($"{name}.a", 1, tries, opts, cancellationToken: token).AsTask();
        await Eventually.TrueAsync(() => tries.Count >= 3, "tried again");
        publishing.IsCompleted.ShouldBeFalse();
        await js.CreateStreamAsync(new StreamConfig(name, [$"{name}.>"]) { Storage = StreamConfigStorage.Memory }, token);
        (await publishing).Seq.ShouldBe(1ul);
    }

    [Test]
    public async Task A_publish_that_no_stream_takes_is_a_typed_error(CancellationToken token)
    {
        var js = JetStream();
        await Should.ThrowAsync<NatsJSPublishNoResponseException>(js.PublishAsync("nobody.stores.this", 1, cancellationToken: token).AsTask());
        (await js.TryPublishAsync("nobody.stores.this", 1, cancellationToken: token)).Error.ShouldBeOfType<NatsJSPublishNoResponseException>();
    }

    /// <summary>Somebody who answers on the subject without being a stream must not pass for one.</summary>
    [Test]
    public async Task A_reply_that_is_no_acknowledgement_is_an_error(CancellationToken token)
    {
        var js = JetStream();
        await using var sub = await js.Connection.SubscribeCoreAsync<string>("answers.itself", cancellationToken: token);
        var answering = AnswerAsync();
        (await js.PublishAsync("answers.itself", "x", cancellationToken: token)).Error!.Code.ShouldBe(500);
        await answering;

        async Task AnswerAsync()
        {
            var msg = await sub.Msgs.ReadAsync(token);
            await msg.ReplyAsync("{\"ok\": true}", cancellationToken: token);
        }
    }

    [Test]
    public async Task Many_publishes_can_be_on_their_way(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var futures = new List<NatsJSPublishConcurrentFuture>();
        for (var i = 0; i < 1000; i++)
        {
            futures.Add(await js.PublishConcurrentAsync($"{stream.Info.Config.Name}.a", i, cancellationToken: token));
        }

        for (var i = 0; i < futures.Count; i++)
        {
            await using var future = futures[i];
            (await future.GetResponseAsync(token)).Seq.ShouldBe((ulong)(i + 1));
        }
    }

    [TestCase("a..b")]
    [TestCase("a b")]
    [TestCase("a.*")]
    [TestCase("a\r\nPUB b 0\r\n")]
    public async Task A_subject_that_cannot_be_is_refused(string subject) =>
        await Should.ThrowAsync<ArgumentException>(async () => await JetStream().PublishAsync(subject, 1));

    /// <summary>Each try writes the payload anew.</summary>
    private sealed class CountingSerializer : INatsSerialize<int>
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public void Serialize(IBufferWriter<byte> bufferWriter, int value)
        {
            Interlocked.Increment(ref _count);
            NatsUtf8PrimitivesSerializer<int>.Default.Serialize(bufferWriter, value);
        }
    }
}
