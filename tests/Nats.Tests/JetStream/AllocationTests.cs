using System.Buffers;
using System.Buffers.Text;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>The house follows its state streams through consumers at tens of thousands of messages a second: what one message costs.</summary>
[CancelAfter(60_000)]
[NonParallelizable]
public sealed class AllocationTests() : JetStreamTest(NatsServerVersion.Newest)
{
    private const int Messages = 20_000;

    /// <summary>The message object (128 bytes) and its reply subject (about 140), which is the address of its acknowledgement; no task, no metadata, no subject.</summary>
    private const int MostBytes = 320;

    [Test]
    public async Task A_consumed_message_costs_its_object_and_its_reply_subject(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var subject = $"{stream.Info.Config.Name}.a";
        for (var i = 1; i <= Messages; i++)
        {
            // A server drops what comes faster than it stores: every thousandth is waited for.
            if (i % 1_000 == 0)
            {
                (await js.PublishAsync(subject, i, cancellationToken: token)).EnsureSuccess();
            }
            else
            {
                await js.Connection.PublishAsync(subject, i, cancellationToken: token);
            }
        }

        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        var count = 0;
        long before = 0;
        ulong last = 0;
        await foreach (var msg in consumer.ConsumeAsync(NumberSerializer.Default, cancellationToken: token))
        {
            last = msg.Metadata!.Value.Sequence.Stream;
            count++;
            if (count == Messages / 2)
            {
                before = GC.GetTotalAllocatedBytes(precise: true);
            }
            else if (count == Messages)
            {
                break;
            }
        }

        var perMessage = (GC.GetTotalAllocatedBytes(precise: true) - before) / (Messages / 2);
        TestContext.Out.WriteLine($"{perMessage} bytes a message");
        last.ShouldBe((ulong)Messages);
        perMessage.ShouldBeLessThanOrEqualTo(MostBytes);
    }

    private sealed class NumberSerializer : INatsDeserialize<int>
    {
        internal static readonly NumberSerializer Default = new();

        public int Deserialize(in ReadOnlySequence<byte> buffer) => Utf8Parser.TryParse(buffer.FirstSpan, out int value, out _) ? value : -1;
    }
}
