using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using NATS.Client.Services;

namespace HaNatsBridge.Nats.Aot;

/// <summary>What is stored, and what is discovered: a stream, a bucket, a service, each once there and back.</summary>
internal static class Stored
{
    internal static async Task<string> RunAsync(NatsConnection nats)
    {
        var js = new NatsJSContext(nats);
        var stream = await js.CreateStreamAsync(new StreamConfig("AOT", ["aot.stored"]) { Storage = StreamConfigStorage.Memory, DuplicateWindow = TimeSpan.FromSeconds(10) });
        (await js.PublishAsync("aot.stored", new Lamp("stairs", 1), opts: new NatsJSPubOpts { MsgId = "1" })).EnsureSuccess();
        var consumer = await stream.CreateOrderedConsumerAsync();
        var msg = await consumer.NextAsync<Lamp>();

        var store = await new NatsKVContext(js).CreateStoreAsync("aot");
        await store.PutAsync("lamp", new Lamp("cellar", 2));
        var entry = await store.GetEntryAsync<Lamp>("lamp");

        await using var service = await new NatsSvcContext(nats).AddServiceAsync("aot", "1.0.0");
        var ping = await nats.RequestAsync<string, string>("$SRV.PING.aot", null, requestSerializer: Texts, replySerializer: Texts);
        return $"{msg!.Data!.Name} {entry.Value!.Name} {ping.Data!.Contains("io.nats.micro.v1.ping_response", StringComparison.Ordinal)}";
    }

    private static NatsUtf8PrimitivesSerializer<string> Texts => NatsUtf8PrimitivesSerializer<string>.Default;
}
