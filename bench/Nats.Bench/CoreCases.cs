using System.Text;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Primitives;
using NATS.Client.Core;

namespace HaNatsBridge.Nats.Bench;

/// <summary>The core's cases, and beside each the raw socket that does the same. Subjects are equally long and not shared, for all connections live as long as the case.</summary>
public sealed class CoreCases(NatsServerProcess server, int size)
{
    private const string RawHeaders = "NATS/1.0\r\nNats-Msg-Id: 12345678\r\nBridge-Device: light.hall\r\n\r\n";
    private const int Subscribers = 100;

    /// <summary>More than a turn has: nothing is dropped.</summary>
    private static readonly NatsSubOpts Roomy = new() { ChannelOpts = new NatsSubChannelOpts { Capacity = 4_000_000 } };

    private readonly byte[] _payload = new byte[size];

    public async Task<Contender> PublishAsync()
    {
        var nats = await ConnectAsync();
        return new Contender(
            messages => Measurement.OfAsync(messages, async () =>
            {
                for (var i = 0; i < messages; i++)
                {
                    await nats.PublishAsync("ours.p", _payload);
                }

                await nats.PingAsync();
            }),
            nats);
    }

    public Task<Contender> PublishRawAsync() => RawPublishAsync(RawSocket.Publish("base.p", null, _payload));

    public async Task<Contender> PublishWithHeadersAsync()
    {
        var headers = new NatsHeaders { ["Nats-Msg-Id"] = new StringValues("12345678"), ["Bridge-Device"] = new StringValues("light.hall") };
        var nats = await ConnectAsync();
        return new Contender(
            messages => Measurement.OfAsync(messages, async () =>
            {
                for (var i = 0; i < messages; i++)
                {
                    await nats.PublishAsync("ours.p", _payload, headers);
                }

                await nats.PingAsync();
            }),
            nats);
    }

    public Task<Contender> PublishWithHeadersRawAsync() => RawPublishAsync(RawSocket.Publish("base.p", null, _payload, RawHeaders));

    public async Task<Contender> PublishSubscribeAsync()
    {
        var publisher = await ConnectAsync();
        var subscriber = await ConnectAsync();
        var sub = await subscriber.SubscribeCoreAsync<byte[]>("ours.ps", opts: Roomy);
        await subscriber.PingAsync();
        return new Contender(
            messages => Measurement.OfAsync(messages, async () =>
            {
                var receiving = ReceiveAsync(sub, messages);
                for (var i = 0; i < messages; i++)
                {
                    await publisher.PublishAsync("ours.ps", _payload);
                }

                await receiving;
            }),
            sub,
            publisher,
            subscriber);
    }

    public async Task<Contender> PublishSubscribeRawAsync()
    {
        var publisher = await RawSocket.ConnectAsync(server.Port);
        var subscriber = await RawSocket.ConnectAsync(server.Port);
        await subscriber.SendAsync("SUB base.ps 1\r\n"u8.ToArray());
        await subscriber.FlushAsync();
        var message = RawSocket.Publish("base.ps", null, _payload);
        var delivered = $"MSG base.ps 1 {size}\r\n".Length + size + 2L;
        return new Contender(
            messages => Measurement.OfAsync(messages, async () =>
            {
                var receiving = subscriber.ReceiveAsync(delivered * messages);
                await publisher.SendManyAsync(message, messages);
                await receiving;
            }),
            publisher,
            subscriber);
    }

    public async Task<Contender> RequestAsync()
    {
        var asking = await ConnectAsync();
        var answering = await ConnectAsync();
        var sub = await answering.SubscribeCoreAsync<byte[]>("ours.rr");
        await answering.PingAsync();
        var responding = RespondAsync(sub);
        return new Contender(
            messages => Measurement.OfEachAsync(messages, () => asking.RequestAsync<byte[], byte[]>("ours.rr", _payload)),
            sub,
            new Ending(responding),
            asking,
            answering);
    }

    public async Task<Contender> RequestRawAsync()
    {
        var asking = await RawSocket.ConnectAsync(server.Port);
        var answering = await RawSocket.ConnectAsync(server.Port);
        await answering.SendAsync("SUB base.rr 1\r\n"u8.ToArray());
        await answering.FlushAsync();
        var inbox = new RawInbox();
        await asking.SendAsync(inbox.Subscription);
        await asking.FlushAsync();
        var request = RawSocket.Publish("base.rr", inbox.ReplyTo, _payload);
        var requestDigits = inbox.DigitsIn(request);
        var replyBytes = $"MSG {inbox.ReplyTo} 1 {size}\r\n".Length + size + 2;
        return new Contender(
            async messages =>
            {
                var responding = RespondRawAsync(answering, messages, inbox);
                var result = await Measurement.OfEachAsync(messages, () =>
                {
                    inbox.Renew(request, requestDigits);
                    return asking.ExchangeAsync(request, replyBytes);
                });
                await responding;
                return result;
            },
            asking,
            answering);
    }

    /// <summary>One message to a hundred subscriptions of one connection; counted are deliveries.</summary>
    public async Task<Contender> FanOutAsync()
    {
        var publisher = await ConnectAsync();
        var subscriber = await ConnectAsync();
        var subs = new List<INatsSub<byte[]>>();
        for (var i = 0; i < Subscribers; i++)
        {
            subs.Add(await subscriber.SubscribeCoreAsync<byte[]>("ours.fan", opts: Roomy));
        }

        await subscriber.PingAsync();
        return new Contender(
            messages => Measurement.OfAsync(messages / Subscribers * Subscribers, async () =>
            {
                var rounds = messages / Subscribers;
                var receiving = subs.Select(sub => ReceiveAsync(sub, rounds)).ToArray();
                for (var i = 0; i < rounds; i++)
                {
                    await publisher.PublishAsync("ours.fan", _payload);
                }

                await Task.WhenAll(receiving);
            }),
            [.. subs, publisher, subscriber]);
    }

    public async Task<Contender> FanOutRawAsync()
    {
        var publisher = await RawSocket.ConnectAsync(server.Port);
        var subscriber = await RawSocket.ConnectAsync(server.Port);
        var delivered = 0L;
        for (var sid = 1; sid <= Subscribers; sid++)
        {
            await subscriber.SendAsync(Encoding.ASCII.GetBytes($"SUB base.fan {sid}\r\n"));
            delivered += $"MSG base.fan {sid} {size}\r\n".Length + size + 2;
        }

        await subscriber.FlushAsync();
        var message = RawSocket.Publish("base.fan", null, _payload);
        return new Contender(
            messages => Measurement.OfAsync(messages / Subscribers * Subscribers, async () =>
            {
                var rounds = messages / Subscribers;
                var receiving = subscriber.ReceiveAsync(delivered * rounds);
                await publisher.SendManyAsync(message, rounds);
                await receiving;
            }),
            publisher,
            subscriber);
    }

    private static async Task ReceiveAsync(INatsSub<byte[]> sub, int count)
    {
        // Off the caller's thread: two ends of a wire are two tasks.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        for (var received = 0; received < count;)
        {
            await sub.Msgs.WaitToReadAsync();
            while (received < count && sub.Msgs.TryRead(out _))
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

    private async Task RespondRawAsync(RawSocket socket, int requests, RawInbox inbox)
    {
        var head = Encoding.ASCII.GetBytes($"MSG base.rr 1 {inbox.ReplyTo} {size}\r\n");
        var received = inbox.DigitsIn(head);
        var reply = RawSocket.Publish(inbox.ReplyTo, null, _payload);
        var answered = inbox.DigitsIn(reply);
        for (var i = 0; i < requests; i++)
        {
            var request = await socket.ReceiveMessageAsync(head.Length + size + 2);
            RawInbox.Copy(request.Span, received, reply, answered);
            await socket.SendAsync(reply);
        }
    }

    private async Task<Contender> RawPublishAsync(byte[] message)
    {
        var raw = await RawSocket.ConnectAsync(server.Port);
        return new Contender(
            messages => Measurement.OfAsync(messages, async () =>
            {
                await raw.SendManyAsync(message, messages);
                await raw.FlushAsync();
            }),
            raw);
    }

    private async Task<NatsConnection> ConnectAsync()
    {
        var nats = new NatsConnection(new NatsOpts { Url = server.Url, ConnectTimeout = TimeSpan.FromSeconds(30), RequestTimeout = TimeSpan.FromSeconds(30) });
        await nats.PingAsync();
        return nats;
    }

    /// <summary>A task that has ended by then.</summary>
    private sealed class Ending(Task task) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => new(task);
    }
}
