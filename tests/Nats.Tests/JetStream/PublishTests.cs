using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>ADR-22: publishing with acknowledgement.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class PublishTests(NatsServerVersion version) : JetStreamTest(version)
{
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
}
