using HaNatsBridge.Nats.Tests.Conformance;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>What must not end or delay a consume: the code of those who use it, and a server that says nothing.</summary>
[CancelAfter(30_000)]
public sealed class ConsumeTroubleTests : ScriptedConformanceTest
{
    /// <summary>Soon: long before a missing heartbeat would tell.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(8);

    [Test]
    public async Task A_notification_handler_that_gives_up_something_of_its_own_does_not_end_the_consume(CancellationToken token)
    {
        var opts = new NatsJSConsumeOpts { NotificationHandler = static (_, _) => throw new TaskCanceledException("a request of the handler's took too long") };
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: opts, cancellationToken: token).GetAsyncEnumerator(token);
        var next = messages.MoveNextAsync();
        await Server.StatusAsync(await PullAsync(token), "409 Leadership Change");
        await Server.DeliverAsync(await PullAsync(token), 1);
        (await next).ShouldBeTrue();
        messages.Current.Data.ShouldBe(1);
    }

    [Test]
    public async Task A_consume_goes_on_at_once_after_a_loss_whatever_the_handlers_of_events_do(CancellationToken token)
    {
        Server.Connection.ConnectionDisconnected += async (_, _) => await Task.Delay(Timeout.Infinite, token);
        await using var messages = Server.Consumer().ConsumeAsync<int>(cancellationToken: token).GetAsyncEnumerator(token);
        var next = messages.MoveNextAsync();
        await PullAsync(token);
        Server.Cut();
        await Server.DeliverAsync(await PullAsync(token).WaitAsync(Soon, token), 1);
        (await next).ShouldBeTrue();
    }

    [Test]
    public async Task A_consume_that_is_stopped_while_it_asks_the_server_just_ends(CancellationToken token)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var opts = new NatsJSConsumeOpts { Expires = TimeSpan.FromSeconds(1), IdleHeartbeat = TimeSpan.FromSeconds(0.5) };
        var consuming = Server.Consumer().ConsumeAsync<int>(opts: opts, cancellationToken: stop.Token).ToListAsync(token).AsTask();
        await Server.NextAsync(token, "CONSUMER.INFO");
        await stop.CancelAsync();
        (await consuming).ShouldBeEmpty();
    }

    [Test]
    public async Task A_server_that_sends_what_was_not_asked_for_does_not_fill_the_memory(CancellationToken token)
    {
        const int Many = 20_000;
        var dropped = 0;
        Server.Connection.MessageDropped += (_, _) =>
        {
            dropped++;
            return ValueTask.CompletedTask;
        };
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 10 }, cancellationToken: token).GetAsyncEnumerator(token);
        var next = messages.MoveNextAsync();
        var pull = await PullAsync(token);
        await Server.DeliverAsync(pull, 1);
        await next;
        for (var i = 0; i < Many; i++)
        {
            await Server.DeliverAsync(pull, i);
        }

        await Server.Connection.PingAsync(token);
        await HaNatsBridge.Tests.Support.Eventually.TrueAsync(() => dropped > 0, "told of it");
        for (var i = 0; i < 100; i++)
        {
            (await messages.MoveNextAsync()).ShouldBeTrue();
            messages.Current.Data.ShouldBe(i);
        }
    }

    /// <summary>2.9 leaves a no-wait pull without an answer when all that is left has reached its MaxDeliver.</summary>
    [Test]
    public async Task A_fetch_without_waiting_ends_when_the_server_has_nothing_and_does_not_say_so(CancellationToken token)
    {
        var fetching = Server.Consumer().FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 5 }, cancellationToken: token).ToListAsync(token).AsTask();
        var pull = await PullAsync(token);
        await Server.DeliverAsync(pull, 1);
        var question = await Server.NextAsync(token, "CONSUMER.INFO").WaitAsync(Soon, token);
        await Server.AnswerAsync(question, """{"stream_name": "S", "name": "c", "config": {}, "num_pending": 3}""");
        question = await Server.NextAsync(token, "CONSUMER.INFO").WaitAsync(Soon, token);
        fetching.IsCompleted.ShouldBeFalse("three were still pending");
        await Server.AnswerAsync(question, """{"stream_name": "S", "name": "c", "config": {}, "num_pending": 0}""");
        (await fetching.WaitAsync(Soon, token)).Count.ShouldBe(1);
    }

    private Task<ApiRequest> PullAsync(CancellationToken token) => Server.NextAsync(token, "CONSUMER.MSG.NEXT.");
}
