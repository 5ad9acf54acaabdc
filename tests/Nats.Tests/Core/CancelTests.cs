using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Subscriptions that end before they have begun, and what is left of those that ended.</summary>
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
public sealed class CancelTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    public async Task A_subscription_cancelled_before_it_is_added_leaves_nothing_at_the_server(CancellationToken token)
    {
        var nats = Connect();
        await nats.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var sub = new NatsSub<int>(nats, nats.SubscriptionManager, "none", null, null, NatsDefaultSerializer<int>.Default, cancel.Token);
        await cancel.CancelAsync();
        await nats.AddSubAsync(sub, token);
        sub.EndReason.ShouldBe(NatsSubEndReason.Cancelled);
        await ShouldHaveNoListenersAsync(nats, "none", token);
    }

    [Test]
    public async Task Subscriptions_that_have_ended_leave_nothing_at_a_token_that_lives_on(CancellationToken token)
    {
        const int Many = 20_000;
        using var life = new CancellationTokenSource();
        var nats = Connect();
        await nats.ConnectAsync();
        var gone = Connect();
        await gone.DisposeAsync();
        await SubscribeAsync(1_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await SubscribeAsync(Many);
        await nats.PingAsync(token);
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(Many * 100);

        async Task SubscribeAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                await (await nats.SubscribeCoreAsync<int>("ends", cancellationToken: life.Token)).UnsubscribeAsync();
                await Should.ThrowAsync<ObjectDisposedException>(gone.SubscribeCoreAsync<int>("fails", cancellationToken: life.Token).AsTask());
            }
        }
    }

    [Test]
    public async Task A_drain_that_is_given_up_ends_the_subscription_all_the_same(CancellationToken token)
    {
        await using var server = new ScriptedServer(async (_, stream, stop) =>
        {
            await ScriptedServer.GreetAsync(stream, stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        var nats = Connect(x => x with { Url = server.Url, CommandTimeout = TimeSpan.FromMilliseconds(100) });
        var sub = await nats.SubscribeCoreAsync<int>("drains", cancellationToken: token);
        using var cancel = new CancellationTokenSource();
        var draining = sub.DrainAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(draining.WaitAsync(Patience, token));
        (await sub.Msgs.WaitToReadAsync(token).AsTask().WaitAsync(Patience, token)).ShouldBeFalse();
    }

    private static async Task ShouldHaveNoListenersAsync(NatsConnection nats, string subject, CancellationToken token)
    {
        var opts = new NatsSubOpts { Timeout = Patience };
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>(subject, 1, replyOpts: opts, cancellationToken: token).AsTask());
    }
}
