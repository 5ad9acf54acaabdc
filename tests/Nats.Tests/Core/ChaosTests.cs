using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>A bad network between client and server.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(120_000)]
public sealed class ChaosTests(NatsServerVersion version) : CoreTest(version)
{
    [TestCase(1)]
    [TestCase(7)]
    public async Task A_stream_that_is_cut_after_every_few_bytes_is_read_as_if_it_were_not(int fragment, CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port) { Fragment = fragment };
        var nats = Connect(x => x with { Url = proxy.Url, ConnectTimeout = Patience });
        await using var sub = await nats.SubscribeCoreAsync<string>("f.>", cancellationToken: token);
        for (var i = 0; i < 100; i++)
        {
            await nats.PublishAsync($"f.{i}", new string('x', i * 7), new NatsHeaders { ["N"] = $"{i}" }, cancellationToken: token);
        }

        for (var i = 0; i < 100; i++)
        {
            var msg = await sub.Msgs.ReadAsync(token);
            (msg.Subject, msg.Data ?? string.Empty, msg.Headers!["N"].ToString()).ShouldBe(($"f.{i}", new string('x', i * 7), $"{i}"));
        }
    }

    [Test]
    public async Task A_connection_that_is_cut_at_every_byte_of_the_handshake_and_of_a_message_always_comes_back(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        for (var cutAt = 1; cutAt < 600; cutAt += 23)
        {
            proxy.CutAfterFromServer = cutAt;
            await using var nats = new NatsConnection(new NatsOpts
            {
                Url = proxy.Url,
                RetryOnInitialConnect = true,
                ConnectTimeout = Patience,
                ReconnectWaitMin = TimeSpan.FromMilliseconds(1),
                ReconnectWaitMax = TimeSpan.FromMilliseconds(5),
            });
            var accepted = proxy.Accepted;
            await using var sub = await SubscribeAsync(nats, proxy, accepted, token);
            await nats.PublishAsync("c", "x", cancellationToken: token);
            proxy.CutAfterFromServer = 0;
            await Eventually.TrueAsync(
                async () =>
                {
                    await nats.PublishAsync("c", "y", cancellationToken: token);
                    return sub.Msgs.TryRead(out _);
                },
                $"a message after a cut at {cutAt}");
        }
    }

    [Test]
    public async Task A_partition_without_any_sign_is_noticed_by_the_pings_and_healed(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var nats = Connect(x => x with { Url = proxy.Url, PingInterval = TimeSpan.FromMilliseconds(50), ConnectTimeout = TimeSpan.FromSeconds(1) });
        await using var sub = await nats.SubscribeCoreAsync<int>("p", cancellationToken: token);
        await UntilItAnswersAsync(nats, token);
        proxy.Silent = true;
        await Eventually.TrueAsync(() => nats.ConnectionState == NatsConnectionState.Reconnecting, "the partition is noticed");
        proxy.Silent = false;

        // Pings so frequent find a partition in each pause of a busy machine too, and what is under way then is lost.
        await Eventually.TrueAsync(
            async () =>
            {
                await nats.PublishAsync("p", 1, cancellationToken: token);
                return sub.Msgs.TryRead(out _);
            },
            "a message after the partition");
    }

    [Test]
    public async Task A_slow_network_delays_and_loses_nothing(CancellationToken token)
    {
        await using var proxy = new TcpProxy(Server.Port) { Delay = TimeSpan.FromMilliseconds(20) };
        var nats = Connect(x => x with { Url = proxy.Url });
        await using var sub = await nats.SubscribeCoreAsync<int>("s", cancellationToken: token);
        for (var i = 0; i < 5_000; i++)
        {
            await nats.PublishAsync("s", i, cancellationToken: token);
        }

        for (var i = 0; i < 5_000; i++)
        {
            (await sub.Msgs.ReadAsync(token)).Data.ShouldBe(i);
        }

        (await nats.PingAsync(token)).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(30));
    }

    [Test]
    public async Task A_server_that_is_stopped_makes_publishes_wait_and_then_fail_with_bounded_memory(CancellationToken token)
    {
        await using var frozen = await NatsServerProcess.StartAsync(Version, token);
        await using var nats = new NatsConnection(new NatsOpts { Url = frozen.Url, ConnectTimeout = Patience, CommandTimeout = TimeSpan.FromMilliseconds(300) });
        await nats.ConnectAsync();
        await frozen.PauseAsync();
        try
        {
            var payload = new byte[64 * 1024];
            await Should.ThrowAsync<NatsTimeoutException>(async () =>
            {
                for (var i = 0; i < 10_000; i++)
                {
                    await nats.PublishAsync("flood", payload, cancellationToken: token);
                }
            });
        }
        finally
        {
            await frozen.ResumeAsync();
        }
    }

    private static async Task<INatsSub<string>> SubscribeAsync(NatsConnection nats, TcpProxy proxy, int acceptedBefore, CancellationToken token)
    {
        var subscribing = nats.SubscribeCoreAsync<string>("c", cancellationToken: token).AsTask();
        await Eventually.TrueAsync(() => proxy.Accepted > acceptedBefore + 1 || subscribing.IsCompleted, "two attempts or success");
        proxy.CutAfterFromServer = subscribing.IsCompleted ? proxy.CutAfterFromServer : 0;
        return await subscribing;
    }
}
