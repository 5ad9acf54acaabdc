using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Rules of docs.nats.io, "Subject-Based Messaging"; what would break the protocol is refused before it is sent.</summary>
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class ValidationTests(NatsServerVersion version) : CoreTest(version)
{
    [TestCase("", "empty")]
    [TestCase("a b", "white space")]
    [TestCase("a\tb", "white space")]
    [TestCase("a\r\nPUB x 0\r\n\r\n", "line break")]
    [TestCase("a\0b", "control character")]
    [TestCase("a..b", "empty token")]
    [TestCase(".a", "empty token")]
    [TestCase("a.", "empty token")]
    [TestCase("a.*", "wildcard")]
    [TestCase("a.>", "wildcard")]
    public async Task A_subject_that_cannot_be_published_is_an_argument_error_that_says_why(string subject, string why, CancellationToken token)
    {
        var nats = Connect();
        (await Should.ThrowAsync<ArgumentException>(async () => await nats.PublishAsync(subject, 1, cancellationToken: token))).Message.ShouldContain(why);
        (await Should.ThrowAsync<ArgumentException>(async () => await nats.RequestAsync<int, int>(subject, 1, cancellationToken: token))).Message.ShouldContain(why);
        await nats.PingAsync(token);
    }

    [TestCase("", null, "empty")]
    [TestCase("a b", null, "white space")]
    [TestCase("a.>.b", null, "not its last")]
    [TestCase("a.b>", null, "own")]
    [TestCase("a*", null, "own")]
    [TestCase("a", "q q", "queue group")]
    [TestCase("a", "", "queue group")]
    public async Task A_subscription_that_cannot_be_is_an_argument_error_that_says_why(string subject, string? queue, string why, CancellationToken token) =>
        (await Should.ThrowAsync<ArgumentException>(async () => await Connect().SubscribeCoreAsync<int>(subject, queue, cancellationToken: token))).Message.ShouldContain(why);

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("a\r\nb")]
    public async Task A_bad_reply_subject_is_an_argument_error(string replyTo, CancellationToken token) =>
        (await Should.ThrowAsync<ArgumentException>(async () => await Connect().PublishAsync("a", 1, replyTo: replyTo, cancellationToken: token))).Message.ShouldContain("reply subject");

    [Test]
    public async Task A_message_over_max_payload_fails_alone_and_is_not_sent(CancellationToken token)
    {
        var nats = Connect();
        await nats.ConnectAsync();
        var max = nats.ServerInfo!.MaxPayload;
        await using var sub = await nats.SubscribeCoreAsync<byte[]>("big", cancellationToken: token);
        await Should.ThrowAsync<NatsPayloadTooLargeException>(async () => await nats.PublishAsync("big", new byte[max + 1], cancellationToken: token));
        await Should.ThrowAsync<NatsPayloadTooLargeException>(async () => await nats.PublishAsync("big", new byte[max], new NatsHeaders { ["A"] = "b" }, cancellationToken: token));
        await nats.PublishAsync("big", new byte[max], cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Data!.Length.ShouldBe(max);
    }

    [Test]
    public async Task Subjects_outside_ASCII_are_sent_as_UTF_8(CancellationToken token)
    {
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<string>("küche.>", cancellationToken: token);
        await nats.PublishAsync("küche.lämpchen", "an", cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Subject.ShouldBe("küche.lämpchen");
    }

    [Test]
    public void An_option_that_cannot_be_used_is_an_argument_error()
    {
        Should.Throw<ArgumentException>(() => new NatsConnection(new NatsOpts { Url = "http://x" })).Message.ShouldContain("http");
        Should.Throw<ArgumentException>(() => new NatsConnection(new NatsOpts { Url = "" }));
        Should.Throw<ArgumentException>(() => new NatsConnection(new NatsOpts { InboxPrefix = "a b" }));
        Should.Throw<ArgumentException>(() => new NatsConnection(new NatsOpts { Url = "nats://user:geheim@:x" })).Message.ShouldNotContain("geheim");
    }
}
