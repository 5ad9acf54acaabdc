using System.Collections.Concurrent;
using System.Diagnostics;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>
/// ADR-40: the pool of servers, the attempts, stale connections. As in the official client there is no option against advertised servers, no exchange of the pool and no callback for a single
/// delay; the time of one attempt is 2 s, not 5 s, like there.
/// </summary>
[CancelAfter(45_000)]
public sealed class Adr40ConnectionRules
{
    [Test]
    [Rule("ADR-40", "Client options")]
    public void The_defaults_are_those_of_the_document()
    {
        var opts = new NatsOpts();
        (opts.PingInterval, opts.MaxPingOut).ShouldBe((TimeSpan.FromMinutes(2), 2));
        (opts.RetryOnInitialConnect, opts.NoRandomize, opts.TlsOpts.Mode).ShouldBe((false, false, TlsMode.Auto));
        opts.MaxReconnectRetry.ShouldBe(-1, "none");
        opts.ReconnectJitter.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Test]
    [Rule("ADR-40", "Retain servers order")]
    public void Servers_are_tried_in_random_order_each_once_a_round()
    {
        var pool = new ServerPool("nats://a,nats://b,nats://c", noRandomize: false);
        var rounds = Enumerable.Range(0, 200).Select(_ => string.Concat(pool.NextRound(null).Select(static x => x.Host))).ToArray();
        rounds.ShouldAllBe(static x => x.Length == 3 && x.Distinct().Count() == 3);
        rounds.Distinct().Count().ShouldBe(6);
    }

    [Test]
    [Rule("ADR-40", "Retain servers order")]
    public void Without_randomization_servers_are_tried_as_given_and_the_one_that_was_lost_after_the_others()
    {
        var pool = new ServerPool("nats://a,nats://b,nats://c", noRandomize: true);
        pool.NextRound(null).Select(static x => x.Host).ShouldBe(["a", "b", "c"]);
        pool.NextRound(new NatsUri("nats://b")).Select(static x => x.Host).ShouldBe(["a", "c", "b"]);
    }

    [Test]
    [Rule("ADR-40", "Servers discovery")]
    public void Servers_of_which_INFO_tells_join_those_that_were_given_and_stay_when_a_later_INFO_tells_of_none()
    {
        var pool = new ServerPool("nats://a", noRandomize: true);
        pool.Update(new NatsUri("nats://a"), new ServerInfo { ClientConnectUrls = ["a:4222", "b:4222", "[::1]:4223"] });
        pool.NextRound(null).Select(static x => x.ToString()).ShouldBe(["a:4222", "b:4222", "[::1]:4223"]);
        pool.Update(new NatsUri("nats://a"), new ServerInfo());
        pool.NextRound(null).Length.ShouldBe(3);
        pool.Update(new NatsUri("nats://a"), new ServerInfo { ClientConnectUrls = ["c:4222"] });
        pool.NextRound(null).Select(static x => x.Host).ShouldBe(["a", "c"]);
    }

    [Test]
    [Rule("ADR-40", "Reconnect process")]
    public async Task The_first_attempt_after_a_loss_comes_at_once_and_over_the_whole_pool(CancellationToken token)
    {
        var wait = TimeSpan.FromSeconds(30);
        await using var server = new WireServer();
        await using var nats = server.Client(x => x with { Url = $"{server.Url},nats://127.0.0.1:1,nats://127.0.0.1:2", ReconnectWaitMin = wait, ReconnectWaitMax = wait });
        await nats.ConnectAsync();
        var watch = Stopwatch.StartNew();
        server.HangUp();
        await Eventually.TrueAsync(() => server.Connections == 2 && nats.ConnectionState == NatsConnectionState.Open, "connected again");
        watch.Elapsed.ShouldBeLessThan(wait);
    }

    [Test]
    [Rule("ADR-40", "Detecting disconnection")]
    public async Task A_server_that_stops_answering_pings_is_left(CancellationToken token)
    {
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        await using var nats = new NatsConnection(new NatsOpts
        {
            Url = server.Url,
            ConnectTimeout = CoreTest.Patience,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(10),
            PingInterval = TimeSpan.FromMilliseconds(50),
            CommandTimeout = TimeSpan.FromMilliseconds(100),
        });
        await nats.ConnectAsync();
        var ping = nats.PingAsync(token).AsTask();
        await Eventually.TrueAsync(() => server.Connections >= 2, "a second connection");
        (await Should.ThrowAsync<NatsException>(ping)).InnerException!.Message.ShouldContain("Stale connection");
    }

    [TestCase("maximum connections exceeded")]
    [TestCase("Connection throttling is active. Please try again later.")]
    [TestCase("maximum account active connections exceeded")]
    [Rule("ADR-40", "Maximum Number of Connections")]
    public async Task A_server_that_is_full_is_tried_again(string error, CancellationToken token)
    {
        await using var server = new WireServer(beforePong: number => number is 2 or 3 or 4 ? $"-ERR '{error}'\r\n" : string.Empty);
        await using var nats = server.Client();
        await nats.ConnectAsync();
        server.HangUp();
        await Eventually.TrueAsync(() => server.Connections == 5 && nats.ConnectionState == NatsConnectionState.Open, "connected again after three refusals");
    }

    [Test]
    [Rule("ADR-40", "Minimal example")]
    public async Task An_INFO_between_CONNECT_and_its_acceptance_counts(CancellationToken token)
    {
        await using var server = new WireServer(beforePong: static _ => "INFO {\"server_id\":\"LATER\",\"max_payload\":55}\r\nPING\r\n");
        await using var nats = server.Client();
        await nats.ConnectAsync();
        (nats.ServerInfo!.Id, nats.ServerInfo.MaxPayload).ShouldBe(("LATER", 55));
        await server.UntilAsync("PONG\r\n");
    }

    [TestCase(" using queue \"q\"", 2)]
    [TestCase("", 1)]
    [TestCase(" (sid \"3\")", 3)]
    [Rule("ADR-40", "Permissions Violation")]
    public async Task A_denied_subscription_is_found_by_subject_and_queue_group_or_by_the_number_that_the_server_tells(string what, int denied, CancellationToken token)
    {
        await using var server = new WireServer();
        await using var nats = server.Client();
        var told = new ConcurrentQueue<string>();
        nats.ServerError += (_, args) =>
        {
            told.Enqueue(args.Error);
            return ValueTask.CompletedTask;
        };
        INatsSub<string>[] subs =
        [
            await nats.SubscribeCoreAsync<string>("a.*", cancellationToken: token), await nats.SubscribeCoreAsync<string>("a.*", "q", cancellationToken: token),
            await nats.SubscribeCoreAsync<string>("a.*", cancellationToken: token), await nats.SubscribeCoreAsync<string>("a.*", "q", cancellationToken: token),
        ];
        await nats.PingAsync(token);
        await server.SayAsync($"-ERR 'Permissions Violation for Subscription to \"a.*\"{what}'\r\n", token);
        (await subs[denied - 1].Msgs.WaitToReadAsync(token)).ShouldBeFalse();
        (await Should.ThrowAsync<NatsServerException>(async () => await subs[denied - 1].DisposeAsync())).Message.ShouldContain("a.*");
        for (var sid = 1; sid <= subs.Length; sid++)
        {
            if (sid != denied)
            {
                await server.SayAsync($"MSG a.b {sid} 2\r\nok\r\n", token);
                (await subs[sid - 1].Msgs.ReadAsync(token)).Data.ShouldBe("ok");
            }
        }

        await Eventually.TrueAsync(() => told.Count == 1, "the handler of errors is told too");
    }
}
