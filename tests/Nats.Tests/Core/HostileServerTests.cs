using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Whatever a server sends: a typed error and a reconnect, never a hang, a crash or unbounded memory.</summary>
[CancelAfter(60_000)]
public sealed class HostileServerTests
{
    private static readonly NatsOpts Fast = new()
    {
        ConnectTimeout = CoreTest.Patience,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(10),
        ReconnectWaitMax = TimeSpan.FromMilliseconds(50),
        ReconnectJitter = TimeSpan.FromMilliseconds(5),

        // A scripted server answers no PING: a connection that is disposed would wait for it.
        CommandTimeout = TimeSpan.FromMilliseconds(200),
    };

    /// <summary>Timers may be early by a tick of the system's clock.</summary>
    private static readonly TimeSpan Clock = TimeSpan.FromMilliseconds(20);

    private static readonly string[] Garbage =
    [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "\0\u0001\u0002\u0003\u00ff\u00fe",
        "MSG a 1 4294967295\r\n",
        "MSG a 1 2147483647\r\n",
        "MSG a 1 99999999999999999999999\r\n",
        "MSG a 1 5\r\nhello there\r\n",
        "MSG a\r\n",
        "HMSG a 1 10 5\r\nhello\r\n",
        "INFO not json\r\n",
        "INFO null\r\n",
        "PING\n",
        "MSG " + new string('x', 70_000),
    ];

    [TestCaseSource(nameof(Garbage))]
    public async Task Garbage_ends_the_connection_with_a_typed_reason_and_the_client_comes_back(string garbage, CancellationToken token)
    {
        await using var server = new ScriptedServer(async (number, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop);
            if (number == 1)
            {
                await ScriptedServer.SendAsync(stream, garbage, stop);
            }

            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url });
        var reasons = new ConcurrentQueue<string>();
        nats.ConnectionDisconnected += (_, args) =>
        {
            reasons.Enqueue(args.Message);
            return ValueTask.CompletedTask;
        };
        await nats.ConnectAsync();
        await Eventually.TrueAsync(() => server.Connections == 2 && nats.ConnectionState == NatsConnectionState.Open, "connected again");
        await Eventually.TrueAsync(() => !reasons.IsEmpty, "told of the loss");
        reasons.ShouldContain(x => x.StartsWith("Protocol violation", StringComparison.Ordinal));
    }

    [TestCase("")]
    [TestCase("INF")]
    [TestCase("PING\r\n")]
    [TestCase("MSG a 1 1\r\nx\r\n")]
    [TestCase("INFO {\r\n")]
    [TestCase("INFO {}\r\n")]
    [TestCase("-ERR 'Maximum Connections Exceeded'\r\n")]
    [TestCase("INFO {\"tls_required\":true}\r\n+OK and plain text behind it\r\n")]
    public async Task A_bad_greeting_fails_the_connect_within_its_time(string greeting, CancellationToken token)
    {
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.SendAsync(stream, greeting, stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url, ConnectTimeout = TimeSpan.FromMilliseconds(200) });
        (await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask().WaitAsync(CoreTest.Patience, token))).Message.ShouldStartWith("can not connect");
        nats.ConnectionState.ShouldBe(NatsConnectionState.Closed);
    }

    [Test]
    public async Task Slow_bytes_in_the_greeting_do_not_outlast_the_connect_timeout(CancellationToken token)
    {
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            foreach (var c in ScriptedServer.Info)
            {
                await ScriptedServer.SendAsync(stream, c.ToString(), stop);
                await Task.Delay(50, stop);
            }
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url, ConnectTimeout = TimeSpan.FromMilliseconds(200) });
        await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask().WaitAsync(CoreTest.Patience, token));
    }

    [Test]
    public async Task A_message_of_one_byte_at_a_time_arrives(CancellationToken token)
    {
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop);
            await ScriptedServer.ReadUntilAsync(stream, "SUB slow 1\r\n", stop);
            foreach (var c in "HMSG slow 1 16 21\r\nNATS/1.0\r\nA:b\r\n\r\nhello\r\n".Replace("16 21", "17 22", StringComparison.Ordinal))
            {
                await ScriptedServer.SendAsync(stream, c.ToString(), stop);
                await Task.Delay(1, stop);
            }

            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url });
        await using var sub = await nats.SubscribeCoreAsync<string>("slow", cancellationToken: token);
        var msg = await sub.Msgs.ReadAsync(token);
        msg.Data.ShouldBe("hello");
        msg.Headers!["A"].ToString().ShouldBe("b");
    }

    [Test]
    public async Task A_length_that_is_never_filled_costs_no_memory(CancellationToken token)
    {
        // The stream's end comes behind the bytes, so a client that has seen it has seen them.
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop);
            await ScriptedServer.ReadUntilAsync(stream, "SUB a 1\r\n", stop);
            await ScriptedServer.SendAsync(stream, "MSG a 1 60000000\r\n" + new string('x', 1000), stop);
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url });
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        nats.ConnectionDisconnected += (_, _) =>
        {
            lost.TrySetResult();
            return ValueTask.CompletedTask;
        };
        var before = GC.GetTotalAllocatedBytes();
        await using var sub = await nats.SubscribeCoreAsync<string>("a", cancellationToken: token);
        await lost.Task.WaitAsync(token);
        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(10_000_000);
    }

    [Test]
    public async Task Malformed_headers_ride_on_the_message_as_its_error(CancellationToken token)
    {
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop);
            await ScriptedServer.ReadUntilAsync(stream, "SUB a 1\r\n", stop);
            await ScriptedServer.SendAsync(stream, "HMSG a 1 14 15\r\nNATS/9.9 xx\r\n\r\n".Replace("14 15", "15 16", StringComparison.Ordinal) + "y\r\nMSG a 1 2\r\nok\r\n", stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url });
        await using var sub = await nats.SubscribeCoreAsync<string>("a", cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Error.ShouldBeOfType<NatsHeaderParseException>();
        var next = await sub.Msgs.ReadAsync(token);
        next.Error.ShouldBeNull();
        next.Data.ShouldBe("ok");
    }

    [Test]
    public async Task A_million_cluster_urls_and_unknown_subscriptions_do_no_harm(CancellationToken token)
    {
        var urls = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"10.0.{i / 250}.{i % 250}:4222\""));
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop);
            await ScriptedServer.SendAsync(stream, $"INFO {{\"max_payload\":1024,\"connect_urls\":[{urls},\"::bad::\",\"ws://x\"]}}\r\nMSG z 999 1\r\nx\r\nPONG\r\nPING\r\n", stop);
            (await ScriptedServer.ReadUntilAsync(stream, "PONG\r\n", stop)).ShouldContain("PONG");
            await ScriptedServer.SendAsync(stream, "PING\r\n", stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url });
        await nats.ConnectAsync();
        await Eventually.TrueAsync(() => nats.ServerInfo!.ClientConnectUrls is { Length: > 0 }, "INFO was taken");
        nats.ConnectionState.ShouldBe(NatsConnectionState.Open);
    }

    [Test]
    public async Task A_server_that_accepts_and_closes_at_once_is_asked_again_with_growing_pauses(CancellationToken token)
    {
        // Noted where the attempts are made: a machine that stands still can only lengthen the pauses between them.
        var wait = TimeSpan.FromMilliseconds(50);
        var at = new ConcurrentQueue<long>();
        await using var server = new ScriptedServer(static async (_, stream, stop) => await ScriptedServer.GreetAsync(stream, stop));
        await using var nats = new NatsConnection(Fast with { Url = server.Url, ReconnectWaitMin = wait, ReconnectWaitMax = 4 * wait, ReconnectJitter = TimeSpan.Zero });
        nats.OnConnectingAsync = address =>
        {
            at.Enqueue(Stopwatch.GetTimestamp());
            return ValueTask.FromResult(address);
        };
        await nats.ConnectAsync();
        await Eventually.TrueAsync(() => at.Count >= 5, "five connections");
        var pauses = at.Zip(at.Skip(1), Stopwatch.GetElapsedTime).ToArray();
        pauses[1].ShouldBeGreaterThanOrEqualTo(wait - Clock);
        pauses[2].ShouldBeGreaterThanOrEqualTo((2 * wait) - Clock);
        pauses[3].ShouldBeGreaterThanOrEqualTo((4 * wait) - Clock);
    }

    [Test]
    public async Task Many_who_ask_for_a_pong_at_once_do_not_make_a_connection_stale(CancellationToken token)
    {
        const int MaxPingOut = 30;
        const int Asking = 100;
        await using var server = new ScriptedServer(static async (_, stream, stop) =>
        {
            // A PONG each, but none before the keep-alive's own ping has come behind those of all who ask.
            await ScriptedServer.GreetAsync(stream, stop);
            using var lines = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
            for (var asked = 1; await lines.ReadLineAsync(stop) is not null; asked++)
            {
                if (asked > Asking)
                {
                    await ScriptedServer.SendAsync(stream, string.Concat(Enumerable.Repeat("PONG\r\n", asked == Asking + 1 ? asked : 1)), stop);
                }
            }
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url, PingInterval = TimeSpan.FromMilliseconds(100), MaxPingOut = MaxPingOut });
        await nats.ConnectAsync();
        await Task.WhenAll(Enumerable.Range(0, Asking).Select(_ => nats.PingAsync(token).AsTask()));
        server.Connections.ShouldBe(1);
    }

    [Test]
    public async Task Pings_without_end_from_a_server_that_does_not_read_cost_no_memory(CancellationToken token)
    {
        var pings = string.Concat(Enumerable.Repeat("PING\r\n", 10_000));
        await using var server = new ScriptedServer(async (number, stream, stop) =>
        {
            // More answers than both sockets hold. (A buffer made smaller now would take back what TCP has offered, after which each side may wait for the other's retransmissions.)
            await ScriptedServer.GreetAsync(stream, stop);
            for (var i = 0; number == 1 && i < 400; i++)
            {
                await ScriptedServer.SendAsync(stream, pings, stop);
            }

            if (number > 1)
            {
                await Task.Delay(Timeout.Infinite, stop);
            }
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url });
        var before = GC.GetTotalAllocatedBytes();
        await nats.ConnectAsync();
        await Eventually.TrueAsync(() => server.Connections == 2, "all of them read");

        // The script's own text is 24 MB of bytes.
        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan(40_000_000);
    }

    /// <summary>Not only what had to wait: a request may stand in the write buffer, behind a socket that takes nothing.</summary>
    [Test]
    public async Task Of_what_a_dead_socket_did_not_take_the_next_one_gets_all_but_the_requests_that_were_given_up(CancellationToken token)
    {
        const int MoreThanSocketsHold = 40_000_000;
        var cut = new TaskCompletionSource();
        var received = new TaskCompletionSource<string>();
        await using var server = new ScriptedServer(async (number, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop, ScriptedServer.Info.Replace("1024", "64000000", StringComparison.Ordinal));
            if (number == 1)
            {
                await cut.Task.WaitAsync(stop);
                return;
            }

            received.SetResult(await ScriptedServer.ReadUntilAsync(stream, "PUB last 0\r\n", stop));
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url });
        await nats.ConnectAsync();
        await nats.PublishAsync("flood", new byte[MoreThanSocketsHold], cancellationToken: token);
        await nats.PublishAsync("plain", "1", cancellationToken: token);
        var headers = new NatsHeaders { ["to"] = "x" };
        var soon = new NatsSubOpts { Timeout = TimeSpan.FromMilliseconds(50) };
        await Should.ThrowAsync<NatsNoReplyException>(nats.RequestAsync<string, string>("door.given.up", "2", replyOpts: soon, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsNoReplyException>(nats.RequestAsync<string, string>("door.given.up", "3", headers, replyOpts: soon, cancellationToken: token).AsTask());
        using var end = CancellationTokenSource.CreateLinkedTokenSource(token);
        var patient = nats.RequestAsync<string, string>("door.waited.for", "4", replyOpts: new NatsSubOpts { Timeout = Timeout.InfiniteTimeSpan }, cancellationToken: end.Token).AsTask();
        await nats.PublishAsync("foreign", "5", replyTo: "_INBOX.somebody.else", cancellationToken: token);
        cut.SetResult();
        await nats.PublishAsync("last", cancellationToken: token);
        var text = await received.Task.WaitAsync(CoreTest.Patience, token);
        text.ShouldContain("PUB plain 1\r\n1\r\n");
        text.ShouldContain("PUB door.waited.for _INBOX.");
        text.ShouldContain("PUB foreign _INBOX.somebody.else 1\r\n5\r\n");
        text.ShouldNotContain("door.given.up");
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(patient);
    }

    [Test]
    public async Task A_server_that_cannot_decide_whether_it_goes_is_told_of_once(CancellationToken token)
    {
        var told = 0;
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop);
            for (var i = 0; i < 100; i++)
            {
                await ScriptedServer.SendAsync(stream, "INFO {\"ldm\":true}\r\nINFO {\"ldm\":false}\r\n", stop);
            }

            await ScriptedServer.SendAsync(stream, "INFO {\"max_payload\":7}\r\n", stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url });
        nats.LameDuckModeActivated += (_, _) =>
        {
            Interlocked.Increment(ref told);
            return ValueTask.CompletedTask;
        };
        await nats.ConnectAsync();
        await Eventually.TrueAsync(() => nats.ServerInfo!.MaxPayload == 7 && told > 0, "INFO was taken");
        await nats.DisposeAsync();
        told.ShouldBe(1);
    }

    [Test]
    public async Task Slow_bytes_in_the_answer_to_the_credentials_do_not_outlast_the_connect_timeout(CancellationToken token)
    {
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.SendAsync(stream, ScriptedServer.Info, stop);
            await ScriptedServer.ReadUntilAsync(stream, "PING\r\n", stop);
            while (true)
            {
                foreach (var c in "+OK\r\n")
                {
                    await ScriptedServer.SendAsync(stream, c.ToString(), stop);
                    await Task.Delay(20, stop);
                }
            }
        });
        await using var nats = new NatsConnection(Fast with { Url = server.Url, ConnectTimeout = TimeSpan.FromMilliseconds(500) });
        await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask().WaitAsync(CoreTest.Patience, token));
        nats.ConnectionState.ShouldBe(NatsConnectionState.Closed);
    }
}
