using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>Making, listing, changing, pausing and deleting consumers.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class ConsumerManagementTests(NatsServerVersion version) : JetStreamTest(version)
{
    [Test]
    public async Task Consumers_are_listed_and_deleted(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("a"), token);
        await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("b"), token);
        (await stream.ListConsumerNamesAsync(token).ToListAsync(token)).Order().ShouldBe(["a", "b"]);
        (await stream.ListConsumersAsync(token).ToListAsync(token)).Select(x => x.Info.Name).Order().ShouldBe(["a", "b"]);
        (await stream.DeleteConsumerAsync("a", token)).ShouldBeTrue();
        (await Should.ThrowAsync<NatsJSApiException>(stream.GetConsumerAsync("a", token).AsTask())).Error.ErrCode.ShouldBe(10014);
    }

    /// <summary>ADR-42: "create" refuses a consumer that exists with another configuration (server 2.10; 2.9 knows no actions).</summary>
    [Test]
    public async Task Creating_and_updating_keep_to_what_they_say(CancellationToken token)
    {
        var js = JetStream();
        var name = (await CreateStreamAsync(js, token)).Info.Config.Name!;
        await js.CreateConsumerAsync(name, new ConsumerConfig("a") { Description = "one" }, token);
        if (IsOldest)
        {
            (await js.CreateConsumerAsync(name, new ConsumerConfig("a") { Description = "two" }, token)).Info.Config.Description.ShouldBe("two");
            return;
        }

        await Should.ThrowAsync<NatsJSApiException>(js.CreateConsumerAsync(name, new ConsumerConfig("a") { Description = "two" }, token).AsTask());
        await Should.ThrowAsync<NatsJSApiException>(js.UpdateConsumerAsync(name, new ConsumerConfig("b"), token).AsTask());
        (await js.UpdateConsumerAsync(name, new ConsumerConfig("a") { Description = "two" }, token)).Info.Config.Description.ShouldBe("two");
    }

    /// <summary>Server 2.11: a paused consumer delivers nothing until it is resumed; older servers do not know the request.</summary>
    [Test]
    public async Task A_paused_consumer_delivers_nothing_until_it_is_resumed(CancellationToken token)
    {
        var js = JetStream(x => x with { RequestTimeout = TimeSpan.FromSeconds(1) });
        var stream = await CreateStreamAsync(js, token);
        var name = stream.Info.Config.Name!;
        await PublishNumbersAsync(js, stream, 1, token);
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c"), token);
        if (IsOldest)
        {
            await Should.ThrowAsync<NatsJSException>(js.PauseConsumerAsync(name, "c", DateTimeOffset.UtcNow.AddHours(1), token).AsTask());
            return;
        }

        (await js.PauseConsumerAsync(name, "c", DateTimeOffset.UtcNow.AddHours(1), token)).IsPaused.ShouldBeTrue();
        (await consumer.NextAsync<int>(opts: new NatsJSNextOpts { Expires = TimeSpan.FromSeconds(1) }, cancellationToken: token)).ShouldBeNull();
        (await js.ResumeConsumerAsync(name, "c", token)).ShouldBeTrue();
        (await consumer.NextAsync<int>(cancellationToken: token))!.Data.ShouldBe(1);
    }
}
