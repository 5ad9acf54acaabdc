using System.Collections.Concurrent;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Losing the server and coming back (ADR-40, "NATS Connection").</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(120_000)]
public sealed class ReconnectTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
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
        await nats.PingAsync(token);

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
    public async Task Before_each_attempt_the_application_is_asked_and_may_wait_or_name_another_address(CancellationToken token)
    {
        await using var nats = new NatsConnection(NatsOpts.Default with { Url = "nats://127.0.0.1:1", RetryOnInitialConnect = true, ReconnectWaitMin = TimeSpan.FromMilliseconds(10) });
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
    public async Task A_publish_that_waits_can_be_cancelled(CancellationToken token)
    {
        var nats = Connect();
        await nats.PingAsync(token);
        await Server.KillAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        using var cancel = new CancellationTokenSource();
        var publish = nats.PublishAsync("w", 1, cancellationToken: cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(publish);
        await Server.StartAsync(token);
        await nats.PingAsync(token);
    }

    [Test]
    public async Task A_request_during_an_outage_survives_when_the_server_is_back_in_time(CancellationToken token)
    {
        var nats = Connect(x => x with { RequestTimeout = TimeSpan.FromSeconds(20) });
        await using var sub = await nats.SubscribeCoreAsync<int>("req", cancellationToken: token);
        var responder = RespondAsync();
        (await nats.RequestAsync<int, int>("req", 1, cancellationToken: token)).Data.ShouldBe(1);
        await Server.KillAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        var request = nats.RequestAsync<int, int>("req", 2, cancellationToken: token).AsTask();
        await Server.StartAsync(token);
        (await request).Data.ShouldBe(2);
        await sub.UnsubscribeAsync();
        await responder;

        async Task RespondAsync()
        {
            await foreach (var msg in sub.Msgs.ReadAllAsync(token))
            {
                await msg.ReplyAsync(msg.Data, cancellationToken: token);
            }
        }
    }

    [Test]
    public async Task A_request_during_an_outage_fails_with_no_reply_when_its_time_is_over(CancellationToken token)
    {
        var nats = Connect(x => x with { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        await nats.PingAsync(token);
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>("req.none", 2, cancellationToken: token).AsTask());
        await Server.KillAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "noticed");
        await Should.ThrowAsync<NatsNoReplyException>(nats.RequestAsync<int, int>("req.none", 2, cancellationToken: token).AsTask());
        await Server.StartAsync(token);
    }

    [Test]
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
    public async Task Traffic_over_ten_cuts_loses_only_what_was_on_the_wire_and_doubles_nothing(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var nats = Connect(x => x with { Url = proxy.Url, SubPendingChannelCapacity = 1_000_000 });
        var watcher = Connect(x => x with { SubPendingChannelCapacity = 1_000_000 });
        await using var sub = await watcher.SubscribeCoreAsync<int>("t", cancellationToken: token);
        await watcher.PingAsync(token);
        var sent = 0;
        for (var cut = 0; cut < 10; cut++)
        {
            for (var i = 0; i < 2_000; i++)
            {
                await nats.PublishAsync("t", sent++, cancellationToken: token);
            }

            proxy.Cut();
        }

        await nats.PublishAsync("t", sent++, cancellationToken: token);
        await Eventually.TrueAsync(() => PingsAsync(nats, token), "connected after the last cut");
        await nats.PublishAsync("t", sent++, cancellationToken: token);
        await nats.PingAsync(token);
        await watcher.PingAsync(token);
        var received = new List<int>();
        while (sub.Msgs.TryRead(out var msg))
        {
            received.Add(msg.Data);
        }

        received.SequenceEqual(received.Distinct().Order()).ShouldBeTrue("in order, none twice");
        received.Last().ShouldBe(sent - 1);
    }

    private static async Task<bool> PingsAsync(NatsConnection nats, CancellationToken token)
    {
        try
        {
            await nats.PingAsync(token);
            return true;
        }
        catch (NatsException)
        {
            return false;
        }
    }

    [Test]
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
    public async Task A_reconnect_can_be_asked_for(CancellationToken token)
    {
        var nats = Connect();
        await nats.ConnectAsync();
        var first = nats.ServerInfo!.ClientId;
        await nats.ReconnectAsync();
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Open && nats.ServerInfo!.ClientId != first, "a new connection");
        await nats.PingAsync(token);
    }
}
