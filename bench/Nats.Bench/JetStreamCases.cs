using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Nats.Bench;

/// <summary>
/// The cases of JetStream and buckets, on streams in memory so that the disk does not take part. The floor of what waits for an acknowledgement is the raw socket that publishes with
/// a reply subject and reads the acknowledgement's bytes; the floor of a consumer is one big pull of the raw socket. Streams and connections are made anew for each turn, outside of what is measured.
/// </summary>
public sealed class JetStreamCases(NatsServerProcess server, int size)
{
    private const string Subject = "bench.js";
    private const string Inbox = "_INBOX.raw.1";
    private const int InFlight = 256;

    private readonly byte[] _payload = new byte[size];

    /// <summary>One publish after the other, each waiting for its acknowledgement.</summary>
    public Task<Measurement> PublishAsync(int messages) => WithStreamAsync(async (js, _) =>
        await Measurement.OfEachAsync(messages, () => js.PublishAsync(Subject, _payload)));

    public Task<Measurement> PublishRawAsync(int messages) => WithStreamAsync(async (_, _) =>
    {
        await using var raw = await RawSocket.ConnectAsync(server.Port);
        var inbox = new RawInbox();
        await raw.SendAsync(inbox.Subscription);
        await raw.FlushAsync();
        var message = RawSocket.Publish(Subject, inbox.ReplyTo, _payload);
        var digits = inbox.DigitsIn(message);
        return await Measurement.OfEachAsync(messages, async () =>
        {
            inbox.Renew(message, digits);
            await raw.SendAsync(message);
            return await raw.ReceiveSomeAsync();
        });
    });

    /// <summary>256 publishes on their way at a time.</summary>
    public Task<Measurement> PublishPipelinedAsync(int messages) => WithStreamAsync(async (js, _) => await Measurement.OfAsync(messages, async () =>
    {
        var futures = new Queue<NatsJSPublishConcurrentFuture>(InFlight);
        for (var i = 0; i < messages; i++)
        {
            if (futures.Count == InFlight)
            {
                (await futures.Dequeue().GetResponseAsync()).EnsureSuccess();
            }

            futures.Enqueue(await js.PublishConcurrentAsync(Subject, _payload));
        }

        while (futures.TryDequeue(out var future))
        {
            (await future.GetResponseAsync()).EnsureSuccess();
        }
    }));

    public Task<Measurement> PutAsync(int messages) => WithBucketAsync(async store =>
        await Measurement.OfEachAsync(messages, () => store.PutAsync("light.hall", _payload)));

    public Task<Measurement> GetAsync(int messages) => WithBucketAsync(async store =>
    {
        await store.PutAsync("light.hall", _payload);
        return await Measurement.OfEachAsync(messages, () => store.GetEntryAsync<byte[]>("light.hall"));
    });

    /// <summary>An ordered consumer reads what is stored.</summary>
    public Task<Measurement> ConsumeAsync(int messages) => WithFullStreamAsync(messages, async stream =>
    {
        var consumer = await stream.CreateOrderedConsumerAsync();
        return await Measurement.OfAsync(messages, async () =>
        {
            var left = messages;
            await foreach (var _ in consumer.ConsumeAsync<byte[]>())
            {
                if (--left == 0)
                {
                    break;
                }
            }
        });
    });

    public Task<Measurement> ConsumeRawAsync(int messages) => WithFullStreamAsync(messages, async stream =>
    {
        var consumer = await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("raw") { AckPolicy = ConsumerConfigAckPolicy.None });
        await using var raw = await RawSocket.ConnectAsync(server.Port);
        await raw.SendAsync(System.Text.Encoding.ASCII.GetBytes($"SUB {Inbox} 1\r\n"));
        await raw.FlushAsync();
        var pull = System.Text.Encoding.ASCII.GetBytes($"{{\"batch\":{messages},\"expires\":30000000000}}");
        return await Measurement.OfAsync(messages, async () =>
        {
            await raw.SendAsync(RawSocket.Publish($"$JS.API.CONSUMER.MSG.NEXT.BENCH.{consumer.Info.Name}", Inbox, pull));

            // The reply subject's length varies; its shortest form is enough to know when nearly all has come.
            var least = $"MSG {Subject} 1 $JS.ACK.BENCH.raw.1.1.1.1700000000000000000.0 {size}\r\n".Length + size + 2L;
            await raw.ReceiveAsync(least * messages);
        });
    });

    private Task<Measurement> WithFullStreamAsync(int messages, Func<INatsJSStream, Task<Measurement>> run) => WithStreamAsync(async (js, stream) =>
    {
        for (var i = 0; i < messages - 1; i++)
        {
            await js.Connection.PublishAsync(Subject, _payload);
        }

        (await js.PublishAsync(Subject, _payload)).EnsureSuccess();
        return await run(stream);
    });

    private async Task<Measurement> WithStreamAsync(Func<NatsJSContext, INatsJSStream, Task<Measurement>> run)
    {
        await using var nats = new NatsConnection(new NatsOpts { Url = server.Url });
        var js = new NatsJSContext(nats);
        var stream = await js.CreateStreamAsync(new StreamConfig("BENCH", [Subject]) { Storage = StreamConfigStorage.Memory });
        try
        {
            return await run(js, stream);
        }
        finally
        {
            await stream.DeleteAsync();
        }
    }

    private async Task<Measurement> WithBucketAsync(Func<INatsKVStore, Task<Measurement>> run)
    {
        await using var nats = new NatsConnection(new NatsOpts { Url = server.Url });
        var kv = new NatsKVContext(new NatsJSContext(nats));
        var store = await kv.CreateStoreAsync(new NatsKVConfig("bench") { Storage = NatsKVStorageType.Memory });
        try
        {
            return await run(store);
        }
        finally
        {
            await kv.DeleteStoreAsync("bench");
        }
    }
}
