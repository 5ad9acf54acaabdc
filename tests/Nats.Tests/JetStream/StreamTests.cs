using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class StreamTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task The_account_tells_what_it_uses(CancellationToken token)
    {
        var js = JetStream();
        await CreateStreamAsync(js, token);
        var account = await js.GetAccountInfoAsync(token);
        account.Streams.ShouldBeGreaterThan(0);
        account.Api.Total.ShouldBeGreaterThan(0);
        account.Limits.MaxStreams.ShouldBe(-1);
    }

    /// <summary>ADR-6: what a name must not contain.</summary>
    [TestCase("a.b")]
    [TestCase("a b")]
    [TestCase("a*")]
    [TestCase(">")]
    [TestCase("a/b")]
    [TestCase("a\r\nPUB x 0")]
    [TestCase("")]
    public async Task A_name_that_cannot_be_is_refused_before_anything_is_sent(string name)
    {
        var js = JetStream();
        await Should.ThrowAsync<ArgumentException>(async () => await js.GetStreamAsync(name));
        await Should.ThrowAsync<ArgumentException>(async () => await js.CreateStreamAsync(new StreamConfig(name, ["x"])));
        await Should.ThrowAsync<ArgumentException>(async () => await js.DeleteConsumerAsync("ok", name));
        await Should.ThrowAsync<ArgumentException>(async () => await js.CreateOrUpdateConsumerAsync("ok", new ConsumerConfig(name)));
    }

    [Test]
    public async Task Without_jetstream_the_error_says_that_nobody_listens(CancellationToken token)
    {
        await using var server = await NatsServerProcess.StartAsync(Version, token);
        var js = JetStream(x => x with { Url = server.Url });
        await Should.ThrowAsync<NatsNoRespondersException>(js.GetAccountInfoAsync(token).AsTask());
        await Should.ThrowAsync<NatsJSPublishNoResponseException>(js.PublishAsync("x", 1, cancellationToken: token).AsTask());
    }
}
