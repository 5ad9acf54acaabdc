using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream.Models;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>ADR-17: an ordered consumer delivers every message once and in order, and heals itself.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class OrderedConsumerTests(NatsServerVersion version) : JetStreamTest(version)
{
    /// <summary>A stream that was made anew under the same name begins with sequence 1; waiting for the old sequence would lose messages.</summary>
    [Test]
    public async Task It_reads_a_stream_that_was_made_anew_from_its_beginning(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 5, token);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var seen = new List<int>();
        await foreach (var msg in consumer.ConsumeAsync<int>(cancellationToken: token))
        {
            seen.Add(msg.Data);
            if (seen.Count == 5)
            {
                await stream.DeleteAsync(token);
                stream = await js.CreateStreamAsync(new StreamConfig(stream.Info.Config.Name!, stream.Info.Config.Subjects!) { Storage = StreamConfigStorage.Memory }, token);
                await PublishNumbersAsync(js, stream, 2, token, from: 101);
            }
            else if (seen.Count == 7)
            {
                break;
            }
        }

        seen.ShouldBe([1, 2, 3, 4, 5, 101, 102]);
    }

    [Test]
    public async Task A_stream_that_is_not_there_is_told_at_once(CancellationToken token)
    {
        var js = JetStream();
        var consumer = await js.CreateOrderedConsumerAsync("NONE", cancellationToken: token);
        (await Should.ThrowAsync<NatsJSApiException>(async () => await consumer.ConsumeAsync<int>(cancellationToken: token).ToListAsync(token))).Error.Code.ShouldBe(404);
    }
}
