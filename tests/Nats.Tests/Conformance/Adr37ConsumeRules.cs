using NATS.Client.Core;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-37: what a consume asks for, and when.</summary>
[CancelAfter(20_000)]
public sealed class Adr37ConsumeRules : ScriptedConformanceTest
{
    [Test]
    [Rule("ADR-37", "Defaults and constraints")]
    public async Task A_consume_that_is_told_nothing_has_the_defaults_of_the_document(CancellationToken token)
    {
        var pull = await FirstPullAsync(null, token);
        pull.Api.ShouldBe("CONSUMER.MSG.NEXT.S.c");
        pull.Fields.ShouldBe(["batch", "expires", "idle_heartbeat"]);
        pull.Number("batch").ShouldBe(1000);
        pull.Number("expires").ShouldBe(30_000_000_000);
        pull.Number("idle_heartbeat").ShouldBe(15_000_000_000);
    }

    [TestCase(1.0, 500_000_000)]
    [TestCase(4.0, 2_000_000_000)]
    [TestCase(120.0, 30_000_000_000)]
    [Rule("ADR-37", "Defaults and constraints")]
    public async Task The_heartbeat_is_half_of_the_expiry_and_thirty_seconds_at_most(double expires, long heartbeat, CancellationToken token) =>
        (await FirstPullAsync(new NatsJSConsumeOpts { Expires = TimeSpan.FromSeconds(expires) }, token)).Number("idle_heartbeat").ShouldBe(heartbeat);

    [Test]
    [Rule("ADR-37", "Defaults and constraints")]
    public void An_expiry_below_a_second_and_a_heartbeat_outside_half_a_second_to_thirty_seconds_are_refused()
    {
        Consume(new NatsJSConsumeOpts { Expires = TimeSpan.FromSeconds(0.9) }).ShouldThrow<ArgumentOutOfRangeException>();
        Consume(new NatsJSConsumeOpts { IdleHeartbeat = TimeSpan.FromSeconds(0.4) }).ShouldThrow<ArgumentOutOfRangeException>();
        Consume(new NatsJSConsumeOpts { Expires = TimeSpan.FromMinutes(5), IdleHeartbeat = TimeSpan.FromSeconds(31) }).ShouldThrow<ArgumentOutOfRangeException>();
    }

    [Test]
    [Rule("ADR-37", "Max messages and max bytes options")]
    public void Messages_and_bytes_cannot_both_be_limited()
    {
        Consume(new NatsJSConsumeOpts { MaxMsgs = 10, MaxBytes = 1000 }).ShouldThrow<NatsJSException>();
        Should.Throw<NatsJSException>(() => Server.Consumer().FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 10, MaxBytes = 1000 }));
    }

    [Test]
    [Rule("ADR-37", "Max messages and max bytes options")]
    public void A_threshold_above_its_limit_is_refused()
    {
        Consume(new NatsJSConsumeOpts { MaxMsgs = 10, ThresholdMsgs = 11 }).ShouldThrow<NatsJSException>();
        Consume(new NatsJSConsumeOpts { MaxBytes = 10, ThresholdBytes = 11 }).ShouldThrow<NatsJSException>();
    }

    [Test]
    [Rule("ADR-37", "Consume Configuration Options")]
    public async Task Where_only_bytes_are_limited_every_pull_asks_for_a_million_messages(CancellationToken token)
    {
        var pull = await FirstPullAsync(new NatsJSConsumeOpts { MaxBytes = 5000 }, token);
        pull.Number("batch").ShouldBe(1_000_000);
        pull.Number("max_bytes").ShouldBe(5000);
    }

    [Test]
    [Rule("ADR-37", "Buffering messages")]
    public async Task The_next_pull_comes_when_half_of_the_messages_are_processed_and_fills_the_buffer(CancellationToken token)
    {
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 10 }, cancellationToken: token).GetAsyncEnumerator(token);
        await TakeAsync(messages, 4, token);
        (await Server.AnyAsync(token)).ShouldBeFalse("six are still to come");
        await messages.MoveNextAsync();
        var next = messages.MoveNextAsync();
        (await Server.NextAsync(token)).Number("batch").ShouldBe(5);
        next.IsCompleted.ShouldBeTrue("the buffer was not empty");
    }

    [Test]
    [Rule("ADR-37", "Max messages and max bytes options")]
    public async Task A_threshold_of_ones_own_says_when_the_next_pull_comes(CancellationToken token)
    {
        var opts = new NatsJSConsumeOpts { MaxMsgs = 10, ThresholdMsgs = 9 };
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: opts, cancellationToken: token).GetAsyncEnumerator(token);
        await TakeAsync(messages, 1, token);
        await messages.MoveNextAsync();
        (await Server.NextAsync(token)).Number("batch").ShouldBe(1);
    }

    /// <summary>A message counts with its subject, reply subject, headers and payload.</summary>
    [Test]
    [Rule("ADR-37", "Message Size Calculation")]
    public async Task The_next_pull_comes_when_half_of_the_bytes_are_processed_counted_as_the_server_counts(CancellationToken token)
    {
        var opts = new NatsJSConsumeOpts { MaxBytes = 400 };
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: opts, cancellationToken: token).GetAsyncEnumerator(token);
        var first = await TakeAsync(messages, 1, token);
        var size = first.Subject.Length + first.ReplyTo!.Length + "1".Length;
        first.Size.ShouldBe(size);
        var processed = 1;
        while (!await Server.AnyAsync(token))
        {
            await messages.MoveNextAsync();
            processed++;
        }

        processed.ShouldBe((int)Math.Ceiling(200.0 / size) + 1, "half of the bytes, and the step on which it pulls");
        (await Server.NextAsync(token)).Number("max_bytes").ShouldBe((processed - 1) * size);
    }

    [Test]
    [Rule("ADR-37", "Defaults and constraints")]
    public async Task A_consume_of_one_message_at_a_time_does_not_get_stuck(CancellationToken token)
    {
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 1 }, cancellationToken: token).GetAsyncEnumerator(token);
        for (var i = 1; i <= 3; i++)
        {
            var moving = messages.MoveNextAsync().AsTask();
            await Server.DeliverAsync(await Server.NextAsync(token), i);
            (await moving).ShouldBeTrue();
        }
    }

    /// <summary>Of the ten that were pulled two came; the server says that eight more will not.</summary>
    [TestCase("408 Request Timeout")]
    [TestCase("409 Batch Completed")]
    [Rule("ADR-37", "Buffering messages")]
    public async Task What_the_server_says_will_not_come_is_not_waited_for(string status, CancellationToken token)
    {
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 10 }, cancellationToken: token).GetAsyncEnumerator(token);
        var moving = messages.MoveNextAsync().AsTask();
        var pull = await Server.NextAsync(token);
        await Server.DeliverAsync(pull, 1);
        await Server.DeliverAsync(pull, 2);
        (await moving).ShouldBeTrue();
        await Server.StatusAsync(pull, status, "Nats-Pending-Messages: 8", "Nats-Pending-Bytes: 0");
        (await messages.MoveNextAsync()).ShouldBeTrue();
        moving = messages.MoveNextAsync().AsTask();
        pull = await Server.NextAsync(token);
        pull.Number("batch").ShouldBe(10);
        await Server.DeliverAsync(pull, 3);
        (await moving).ShouldBeTrue();
    }

    [Test]
    [Rule("ADR-37", "NATS subscription")]
    public async Task One_subscription_takes_the_answers_to_all_pulls(CancellationToken token)
    {
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 1 }, cancellationToken: token).GetAsyncEnumerator(token);
        var replies = new HashSet<string>();
        for (var i = 1; i <= 3; i++)
        {
            var moving = messages.MoveNextAsync().AsTask();
            var pull = await Server.NextAsync(token);
            replies.Add(pull.ReplyTo[..pull.ReplyTo.LastIndexOf('.')]);
            await Server.DeliverAsync(pull, i);
            await moving;
        }

        Server.Subscriptions.ShouldBe(replies.Select(static x => $"{x}.*"));
    }

    [Test]
    [Rule("ADR-37", "Server reconnects")]
    public async Task After_a_reconnect_a_consume_pulls_anew_and_does_not_ask_for_the_consumer(CancellationToken token)
    {
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: new NatsJSConsumeOpts { MaxMsgs = 10 }, cancellationToken: token).GetAsyncEnumerator(token);
        var moving = messages.MoveNextAsync().AsTask();
        await Server.NextAsync(token);
        Server.Cut();
        var pull = await Server.NextAsync(token);
        Server.Connections.ShouldBe(2);
        pull.Api.ShouldBe("CONSUMER.MSG.NEXT.S.c");
        pull.Number("batch").ShouldBe(10);
        await Server.DeliverAsync(pull, 1);
        (await moving).ShouldBeTrue();
    }

    private Action Consume(NatsJSConsumeOpts opts) => () => Server.Consumer().ConsumeAsync<int>(opts: opts);

    private async Task<ApiRequest> FirstPullAsync(NatsJSConsumeOpts? opts, CancellationToken token)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        await using var messages = Server.Consumer().ConsumeAsync<int>(opts: opts, cancellationToken: stop.Token).GetAsyncEnumerator(token);
        var moving = messages.MoveNextAsync().AsTask();
        var pull = await Server.NextAsync(token);
        await stop.CancelAsync();
        (await moving).ShouldBeFalse();
        return pull;
    }

    /// <summary>Answers the first pull with ten messages and takes some of them; returns the first.</summary>
    private async Task<INatsJSMsg<int>> TakeAsync(IAsyncEnumerator<INatsJSMsg<int>> messages, int count, CancellationToken token)
    {
        var moving = messages.MoveNextAsync().AsTask();
        var pull = await Server.NextAsync(token);
        for (var i = 1; i <= 9; i++)
        {
            await Server.DeliverAsync(pull, i);
        }

        (await moving).ShouldBeTrue();
        var first = messages.Current;
        for (var i = 1; i < count; i++)
        {
            (await messages.MoveNextAsync()).ShouldBeTrue();
        }

        return first;
    }
}
