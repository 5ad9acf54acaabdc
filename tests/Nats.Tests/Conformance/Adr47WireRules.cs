using System.Diagnostics;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-47: what a request for many replies sends, and how long it lasts.</summary>
[CancelAfter(45_000)]
public sealed class Adr47WireRules
{
    [Test]
    [Rule("ADR-47", "Best Practice")]
    public async Task The_client_unsubscribes_when_it_has_what_it_wanted(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        var replies = nats.RequestManyAsync<string, string>("ask", "?", cancellationToken: token).CountAsync(token).AsTask();
        await server.UntilAsync("PUB ask ");
        await server.SayAsync($"MSG {Inbox(server)} 1 1\r\na\r\nMSG {Inbox(server)} 1 0\r\n\r\n", token);
        (await replies).ShouldBe(1);
        (await server.SentByAsync(nats, token)).ShouldEndWith("UNSUB 1\r\n");
    }

    [Test]
    [Rule("ADR-47", "Max Responses Optimization")]
    public async Task A_number_of_messages_is_told_to_the_server_before_the_request(CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        var replies = nats.RequestManyAsync<string, string>("ask", "?", replyOpts: new NatsSubOpts { MaxMsgs = 2 }, cancellationToken: token).CountAsync(token).AsTask();
        await server.UntilAsync("PUB ask ");
        server.Received.ShouldContain($"SUB {Inbox(server)} 1\r\nUNSUB 1 2\r\nPUB ask {Inbox(server)} 1\r\n?\r\n");
        await server.SayAsync(string.Concat(Enumerable.Repeat($"MSG {Inbox(server)} 1 1\r\na\r\n", 3)), token);
        (await replies).ShouldBe(2);
    }

    [Test]
    [Rule("ADR-47", "Total timeout")]
    public async Task Without_a_total_time_it_is_that_of_the_connections_requests_also_when_replies_came(CancellationToken token)
    {
        // On a machine that stands still the time may be over before the reply has come: then it is asked again.
        await Eventually.TrueAsync(
            async () =>
            {
                await using var server = new WireServer();
                await using var nats = server.Client(static x => x with { RequestTimeout = TimeSpan.FromMilliseconds(300) });
                var watch = Stopwatch.StartNew();
                var replies = nats.RequestManyAsync<string, string>("ask", "?", replyOpts: new NatsSubOpts { MaxMsgs = 9 }, cancellationToken: token).CountAsync(token).AsTask();
                await server.UntilAsync("PUB ask ");
                await server.SayAsync($"MSG {Inbox(server)} 1 1\r\na\r\n", token);
                var got = await replies;
                watch.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(250));
                return got == 1;
            },
            "one reply");
    }

    private static string Inbox(WireServer server) => server.Received.Split("PUB ask ")[1].Split(' ')[0];
}
