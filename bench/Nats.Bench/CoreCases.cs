using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;

namespace HaNatsBridge.Nats.Bench;

/// <summary>The core's cases, each with the raw socket doing the same in the same run, a moment before or after.</summary>
public sealed class CoreCases(NatsServerProcess server, int size, int messages)
{
    private const string RawHeaders = "NATS/1.0\r\nNats-Msg-Id: 12345678\r\nBridge-Device: light.hall\r\n\r\n";
    private const int Subscribers = 100;

    private readonly byte[] _payload = new byte[size];

    public Task<Measurement> PublishAsync() => WithConnectionAsync(nats => Measurement.OfAsync(messages, async () =>
    {
        for (var i = 0; i < messages; i++)
        {
            await nats.PublishAsync("bench.p", _payload);
        }

        await nats.PingAsync();
    }));

    public Task<Measurement> PublishRawAsync() => RawPublishAsync(RawSocket.Publish("bench.p", null, _payload));

    public Task<Measurement> PublishWithHeadersAsync()
    {
        var headers = new NatsHeaders { ["Nats-Msg-Id"] = new StringValues("12345678"), ["Bridge-Device"] = new StringValues("light.hall") };
        return WithConnectionAsync(nats => Measurement.OfAsync(messages, async () =>
        {
            for (var i = 0; i < messages; i++)
            {
                await nats.PublishAsync("bench.p", _payload, headers);
            }

            await nats.PingAsync();
        }));
    }

    public Task<Measurement> PublishWithHeadersRawAsync() => RawPublishAsync(RawSocket.Publish("bench.p", null, _payload, RawHeaders));

    public Task<Measurement> PublishSubscribeAsync() => WithConnectionAsync(publisher => WithConnectionAsync(async subscriber =>
    {
        await using var sub = await subscriber.SubscribeCoreAsync<byte[]>(
            "bench.ps", opts: new NatsSubOpts { ChannelOpts = new NatsSubChannelOpts { Capacity = messages + 1 } });
        await subscriber.PingAsync();
        return await Measurement.OfAsync(messages, async () =>
        {
            var receiving = ReceiveAsync(sub, messages);
            for (var i = 0; i < messages; i++)
            {
                await publisher.PublishAsync("bench.ps", _payload);
            }

            await receiving;
        });
    }));

    public async Task<Measurement> PublishSubscribeRawAsync()
    {
        using var publisher = await RawSocket.ConnectAsync(server.Port);
        using var subscriber = await RawSocket.ConnectAsync(server.Port);
        await subscriber.SendAsync("SUB bench.ps 1\r\n"u8.ToArray());
        await subscriber.FlushAsync();
        var message = RawSocket.Publish("bench.ps", null, _payload);
        var delivered = $"MSG bench.ps 1 {size}\r\n".Length + size + 2L;
        return await Measurement.OfAsync(messages, async () =>
        {
            var receiving = subscriber.ReceiveAsync(delivered * messages);
            await publisher.SendManyAsync(message, messages);
            await receiving;
        });
    }

    public Task<Measurement> RequestAsync(int requests) => WithConnectionAsync(asking => WithConnectionAsync(async answering =>
    {
        await using var sub = await answering.SubscribeCoreAsync<byte[]>("bench.rr");
        await answering.PingAsync();
        var responder = RespondAsync(sub);
        var result = await Measurement.OfEachAsync(requests, async () => await asking.RequestAsync<byte[], byte[]>("bench.rr", _payload));
        await sub.UnsubscribeAsync();
        await responder;
        return result;
    }));

    public async Task<Measurement> RequestRawAsync(int requests)
    {
        using var asking = await RawSocket.ConnectAsync(server.Port);
        using var answering = await RawSocket.ConnectAsync(server.Port);
        await answering.SendAsync("SUB bench.rr 1\r\n"u8.ToArray());
        await answering.FlushAsync();
        await asking.SendAsync("SUB _INBOX.raw.1 1\r\n"u8.ToArray());
        await asking.FlushAsync();
        var request = RawSocket.Publish("bench.rr", "_INBOX.raw.1", _payload);
        var reply = RawSocket.Publish("_INBOX.raw.1", null, _payload);
        var requestBytes = $"MSG bench.rr 1 _INBOX.raw.1 {size}\r\n".Length + size + 2L;
        var replyBytes = $"MSG _INBOX.raw.1 1 {size}\r\n".Length + size + 2L;
        var responder = RespondRawAsync(answering, requests, requestBytes, reply);
        var result = await Measurement.OfEachAsync(requests, async () =>
        {
            await asking.SendAsync(request);
            await asking.ReceiveAsync(replyBytes);
        });
        await responder;
        return result;
    }

    /// <summary>One message to a hundred subscriptions of one connection; counted are deliveries.</summary>
    public Task<Measurement> FanOutAsync() => WithConnectionAsync(publisher => WithConnectionAsync(async subscriber =>
    {
        var rounds = Math.Max(messages / Subscribers, 10);
        var subs = new List<INatsSub<byte[]>>();
        for (var i = 0; i < Subscribers; i++)
        {
            subs.Add(await subscriber.SubscribeCoreAsync<byte[]>("bench.fan", opts: new NatsSubOpts { ChannelOpts = new NatsSubChannelOpts { Capacity = rounds + 1 } }));
        }

        await subscriber.PingAsync();
        var result = await Measurement.OfAsync(rounds * Subscribers, async () =>
        {
            var receiving = subs.Select(sub => ReceiveAsync(sub, rounds)).ToArray();
            for (var i = 0; i < rounds; i++)
            {
                await publisher.PublishAsync("bench.fan", _payload);
            }

            await Task.WhenAll(receiving);
        });
        foreach (var sub in subs)
        {
            await sub.DisposeAsync();
        }

        return result;
    }));

    public async Task<Measurement> FanOutRawAsync()
    {
        var rounds = Math.Max(messages / Subscribers, 10);
        using var publisher = await RawSocket.ConnectAsync(server.Port);
        using var subscriber = await RawSocket.ConnectAsync(server.Port);
        var delivered = 0L;
        for (var sid = 1; sid <= Subscribers; sid++)
        {
            await subscriber.SendAsync(System.Text.Encoding.ASCII.GetBytes($"SUB bench.fan {sid}\r\n"));
            delivered += $"MSG bench.fan {sid} {size}\r\n".Length + size + 2;
        }

        await subscriber.FlushAsync();
        var message = RawSocket.Publish("bench.fan", null, _payload);
        return await Measurement.OfAsync(rounds * Subscribers, async () =>
        {
            var receiving = subscriber.ReceiveAsync(delivered * rounds);
            await publisher.SendManyAsync(message, rounds);
            await receiving;
        });
    }

    private static async Task ReceiveAsync(INatsSub<byte[]> sub, int count)
    {
        // Off the caller's thread: two ends of a wire are two tasks.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        for (var received = 0; received < count;)
        {
            await sub.Msgs.WaitToReadAsync();
            while (sub.Msgs.TryRead(out _))
            {
                received++;
            }
        }
    }

    private static async Task RespondAsync(INatsSub<byte[]> sub)
    {
        while (await sub.Msgs.WaitToReadAsync())
        {
            while (sub.Msgs.TryRead(out var msg))
            {
                await msg.ReplyAsync(msg.Data);
            }
        }
    }

    private static async Task RespondRawAsync(RawSocket socket, int requests, long requestBytes, byte[] reply)
    {
        for (var i = 0; i < requests; i++)
        {
            await socket.ReceiveAsync(requestBytes);
            await socket.SendAsync(reply);
        }
    }

    private async Task<Measurement> RawPublishAsync(byte[] message)
    {
        using var raw = await RawSocket.ConnectAsync(server.Port);
        return await Measurement.OfAsync(messages, async () =>
        {
            await raw.SendManyAsync(message, messages);
            await raw.FlushAsync();
        });
    }

    private async Task<Measurement> WithConnectionAsync(Func<NatsConnection, Task<Measurement>> run)
    {
        await using var nats = new NatsConnection(new NatsOpts { Url = server.Url, ConnectTimeout = TimeSpan.FromSeconds(30), RequestTimeout = TimeSpan.FromSeconds(30) });
        await nats.PingAsync();
        return await run(nats);
    }
}
