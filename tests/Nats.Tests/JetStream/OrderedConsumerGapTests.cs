using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>ADR-17: what an ordered consumer does when a message that the server sent does not arrive. A relay before the real server swallows one.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed partial class OrderedConsumerGapTests(NatsServerVersion version) : JetStreamTest(version)
{
    private bool _swallow;

    [Test]
    public async Task A_consumer_sequence_that_does_not_follow_makes_it_go_on_after_the_last_message(CancellationToken token)
    {
        await using var relay = new ScriptedServer(RelayAsync);
        var (js, stream) = await PrepareAsync(token);
        var consumer = await new NatsJSContext(Connect(x => x with { Url = relay.Url })).CreateOrderedConsumerAsync(stream.Info.Config.Name!, cancellationToken: token);
        (await ConsumeAsync(consumer, js, stream, [3, 4], new NatsJSConsumeOpts(), token)).ShouldBe([1, 2, 3, 4]);
        Volatile.Read(ref _swallow).ShouldBeFalse("a message was swallowed");
    }

    /// <summary>When it is the last message that is missing, none comes after it to show the gap: the heartbeat's Nats-Last-Consumer does.</summary>
    [Test]
    public async Task A_heartbeat_that_is_ahead_makes_it_go_on_after_the_last_message(CancellationToken token)
    {
        await using var relay = new ScriptedServer(RelayAsync);
        var (js, stream) = await PrepareAsync(token);
        var consumer = await new NatsJSContext(Connect(x => x with { Url = relay.Url })).CreateOrderedConsumerAsync(stream.Info.Config.Name!, cancellationToken: token);
        var opts = new NatsJSConsumeOpts { Expires = TimeSpan.FromSeconds(5), IdleHeartbeat = TimeSpan.FromSeconds(0.5) };
        (await ConsumeAsync(consumer, js, stream, [3], opts, token)).ShouldBe([1, 2, 3]);
        Volatile.Read(ref _swallow).ShouldBeFalse("a message was swallowed");
    }

    private async Task<(NatsJSContext Context, INatsJSStream Stream)> PrepareAsync(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 2, token);
        return (js, stream);
    }

    /// <summary>Reads two messages, has the next one swallowed, and reads until all have come.</summary>
    private async Task<List<int>> ConsumeAsync(
        INatsJSConsumer consumer,
        NatsJSContext js,
        INatsJSStream stream,
        int[] later,
        NatsJSConsumeOpts opts,
        CancellationToken token)
    {
        var seen = new List<int>();
        await foreach (var msg in consumer.ConsumeAsync<int>(opts: opts, cancellationToken: token))
        {
            seen.Add(msg.Data);
            if (seen.Count == 2)
            {
                Volatile.Write(ref _swallow, true);
                foreach (var number in later)
                {
                    await PublishNumbersAsync(js, stream, 1, token, from: number);
                    await Eventually.TrueAsync(() => !Volatile.Read(ref _swallow), "the relay swallowed a message");
                }
            }
            else if (seen.Count == 2 + later.Length)
            {
                break;
            }
        }

        return seen;
    }

    private async Task RelayAsync(int connection, NetworkStream client, CancellationToken stop)
    {
        using var upstream = new TcpClient();
        await upstream.ConnectAsync(IPAddress.Loopback, Server.Port, stop);
        var server = upstream.GetStream();
        await Task.WhenAny(client.CopyToAsync(server, stop), SwallowAsync(server, client, stop));
    }

    private async Task SwallowAsync(NetworkStream server, NetworkStream client, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        while (await server.ReadAsync(buffer, stop) is > 0 and var count)
        {
            var text = Encoding.Latin1.GetString(buffer, 0, count);
            if (Volatile.Read(ref _swallow) && Delivered().Match(text) is { Success: true } match)
            {
                var size = int.Parse(match.Groups["size"].Value, System.Globalization.CultureInfo.InvariantCulture);
                text = text.Remove(match.Index, match.Length + size + 2);
                Volatile.Write(ref _swallow, false);
            }

            await client.WriteAsync(Encoding.Latin1.GetBytes(text), stop);
        }
    }

    [GeneratedRegex(@"MSG \S+ \d+ \$JS\.ACK\S+ (?<size>\d+)\r\n")]
    private static partial Regex Delivered();
}
