using System.Collections.Concurrent;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-40: losing the server and coming back, with real servers.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(120_000)]
public sealed class Adr40ReconnectRules(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    [Rule("ADR-40", "Reconnect process")]
    public async Task After_kill_9_all_subscriptions_are_back_with_queue_groups_and_what_is_left_of_max_msgs(CancellationToken token)
    {
        var nats = Connect();
        await using var plain = await nats.SubscribeCoreAsync<int>("r.plain", cancellationToken: token);
        await using var wild = await nats.SubscribeCoreAsync<int>("r.*", cancellationToken: token);
        await using var queue1 = await nats.SubscribeCoreAsync<int>("r.queue", "q", cancellationToken: token);
        await using var queue2 = await nats.SubscribeCoreAsync<int>("r.queue", "q", cancellationToken: token);
        await using var three = await nats.SubscribeCoreAsync<int>("r.three", opts: new NatsSubOpts { MaxMsgs = 3 }, cancellationToken: token);
        await nats.PublishAsync("r.three", 1, cancellationToken: token);
        (await three.Msgs.ReadAsync(token)).Data.ShouldBe(1);

        await Server.RestartAsync(token);
        await UntilItAnswersAsync(nats, token);

        for (var i = 2; i <= 5; i++)
        {
            await nats.PublishAsync("r.three", i, cancellationToken: token);
        }

        await nats.PublishAsync("r.plain", 10, cancellationToken: token);
        await nats.PublishAsync("r.queue", 20, cancellationToken: token);
        await nats.PingAsync(token);
        (await three.Msgs.ReadAllAsync(token).Select(x => x.Data).ToListAsync(token)).ShouldBe([2, 3]);
        (await plain.Msgs.ReadAsync(token)).Data.ShouldBe(10);
        plain.Msgs.Count.ShouldBe(0);
        (queue1.Msgs.Count + queue2.Msgs.Count).ShouldBe(1);
        wild.Msgs.Count.ShouldBe(7);
    }

    [Test]
    [Rule("ADR-40", "Reconnect to specific server")]
    public async Task Before_each_attempt_the_application_is_asked_and_may_wait_or_name_another_address(CancellationToken token)
    {
        await using var nats = new NatsConnection(NatsOpts.Default with { Url = "nats://127.0.0.1:1", RetryOnInitialConnect = true, ConnectTimeout = Patience, ReconnectWaitMin = TimeSpan.FromMilliseconds(10) });
        var asked = new ConcurrentQueue<(string Host, int Port)>();
        nats.OnConnectingAsync = address =>
        {
            asked.Enqueue(address);
            return asked.Count == 1 ? throw new TimeoutException("not now") : ValueTask.FromResult(("127.0.0.1", Server.Port));
        };
        await nats.PingAsync(token);
        asked.ShouldBe([("127.0.0.1", 1), ("127.0.0.1", 1)]);
    }

    [Test]
    [Rule("ADR-40", "Reconnect process")]
    public async Task What_is_published_during_an_outage_waits_and_arrives_once_in_order(CancellationToken token)
    {
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>("w", cancellationToken: token);
        await nats.PingAsync(token);
        await Server.KillAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        var publishes = Enumerable.Range(0, 50).Select(i => nats.PublishAsync("w", i, cancellationToken: token).AsTask()).ToArray();
        publishes.ShouldAllBe(x => !x.IsCompleted);
        await Server.StartAsync(token);
        await Task.WhenAll(publishes).WaitAsync(token);
        for (var i = 0; i < 50; i++)
        {
            (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(i);
        }
    }

    [Test]
    [Rule("ADR-40", "Disconnect buffer")]
    public async Task A_publish_during_an_outage_fails_after_its_time_when_so_configured(CancellationToken token)
    {
        var nats = Connect(x => x with { PublishTimeoutOnDisconnected = true, CommandTimeout = TimeSpan.FromMilliseconds(100) });
        await nats.PingAsync(token);
        await Server.KillAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        await Should.ThrowAsync<NatsTimeoutException>(nats.PublishAsync("w", 1, cancellationToken: token).AsTask());
        await Server.StartAsync(token);
    }

    [Test]
    [Rule("ADR-40", "Reconnect process")]
    public async Task Events_tell_of_the_loss_the_attempts_and_the_return_in_order(CancellationToken token)
    {
        var nats = Connect();
        var events = new ConcurrentQueue<string>();
        nats.ConnectionOpened += (_, _) => Note("opened");
        nats.ConnectionDisconnected += (_, _) => Note("lost");
        nats.ReconnectFailed += (_, _) => Note("failed");
        await nats.ConnectAsync();
        await Server.KillAsync();
        await Eventually.TrueAsync(() => events.Contains("failed"), "an attempt failed");
        await Server.StartAsync(token);
        await Eventually.TrueAsync(() => events.Count(x => x == "opened") == 2, "opened again");
        events.Distinct().ShouldBe(["opened", "lost", "failed"]);
        events.Last().ShouldBe("opened");

        ValueTask Note(string what)
        {
            events.Enqueue(what);
            return ValueTask.CompletedTask;
        }
    }

    [Test]
    [Rule("ADR-40", "Retry on failed initial connect")]
    public async Task A_connection_that_cannot_be_made_at_first_is_retried_when_so_configured(CancellationToken token)
    {
        var port = FreePort.Next();
        await using var nats = new NatsConnection(new NatsOpts
        {
            Url = $"nats://127.0.0.1:{port}",
            RetryOnInitialConnect = true,
            ConnectTimeout = Patience,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(20),
            ReconnectWaitMax = TimeSpan.FromMilliseconds(20),
        });
        var connect = nats.ConnectAsync().AsTask();
        await using var late = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = Version, Port = port }, token);
        await connect.WaitAsync(token);
    }

    [Test]
    [Rule("ADR-40", "Retry on failed initial connect")]
    public async Task A_failed_first_connect_is_an_error_and_may_be_tried_again(CancellationToken token)
    {
        var port = FreePort.Next();
        await using var nats = new NatsConnection(new NatsOpts { Url = $"nats://127.0.0.1:{port}", ConnectTimeout = Patience });
        await Should.ThrowAsync<NatsException>(nats.ConnectAsync().AsTask());
        await Should.ThrowAsync<NatsException>(nats.PublishAsync("a", 1, cancellationToken: token).AsTask());
        await using var late = await NatsServerProcess.StartAsync(new NatsServerOptions { Version = Version, Port = port }, token);
        await nats.PublishAsync("a", 1, cancellationToken: token);
        nats.ConnectionState.ShouldBe(NatsConnectionState.Open);
    }

    [Test]
    [Rule("ADR-40", "Max reconnects")]
    public async Task When_retries_are_used_up_everything_fails_for_good(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var nats = Connect(x => x with { Url = proxy.Url, MaxReconnectRetry = 2 });
        var sub = await nats.SubscribeCoreAsync<int>("a", cancellationToken: token);
        await nats.PingAsync(token);
        proxy.Refuse = true;
        proxy.Cut();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Failed, "given up");
        await Should.ThrowAsync<NatsConnectionFailedException>(nats.PublishAsync("a", 1, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsConnectionFailedException>(nats.ConnectAsync().AsTask());
        (await sub.Msgs.WaitToReadAsync(token)).ShouldBeFalse();
        await Should.ThrowAsync<NatsConnectionFailedException>(async () => await sub.DisposeAsync());
    }

    [Test]
    [Rule("ADR-40", "On-Demand reconnect")]
    public async Task A_reconnect_can_be_asked_for_and_is_done_when_the_new_connection_is_there(CancellationToken token)
    {
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>("again", cancellationToken: token);
        for (var i = 0; i < 2; i++)
        {
            var before = nats.ServerInfo!.ClientId;
            await nats.ReconnectAsync();
            nats.ServerInfo!.ClientId.ShouldNotBe(before);
            await nats.PublishAsync("again", i, cancellationToken: token);
            (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(i);
        }
    }
}
