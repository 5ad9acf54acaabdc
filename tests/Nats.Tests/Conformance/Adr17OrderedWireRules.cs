using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-17: the consumers behind an ordered one, and when it takes the next.</summary>
[CancelAfter(20_000)]
public sealed class Adr17OrderedWireRules : ScriptedConformanceTest
{
    [Test]
    [Rule("ADR-17", "Consumer Configuration Checks")]
    public async Task Its_consumer_has_the_configuration_of_the_document(CancellationToken token)
    {
        await using var ordered = await OrderedAsync(token);
        var config = ordered.Config;
        config.GetProperty("ack_policy").GetString().ShouldBe("none");
        config.GetProperty("max_deliver").GetInt64().ShouldBe(1);
        config.GetProperty("mem_storage").GetBoolean().ShouldBeTrue();
        config.GetProperty("num_replicas").GetInt64().ShouldBe(1);
        config.GetProperty("inactive_threshold").GetInt64().ShouldBe(300_000_000_000);
        config.TryGetProperty("durable_name", out _).ShouldBeFalse();
        config.TryGetProperty("deliver_subject", out _).ShouldBeFalse();
        config.TryGetProperty("deliver_group", out _).ShouldBeFalse();
    }

    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task After_a_gap_the_next_consumer_begins_behind_the_last_message_that_was_given_out(CancellationToken token)
    {
        await using var ordered = await OrderedAsync(token);
        await Server.DeliverAsync(ordered.Pull, 1);
        await ordered.ShouldGiveAsync(1);
        await Server.DeliverAsync(ordered.Pull, 3);
        var before = ordered.Config;
        await ordered.AcceptAsync();
        ordered.Config.GetProperty("deliver_policy").GetString().ShouldBe("by_start_sequence");
        ordered.Config.GetProperty("opt_start_seq").GetInt64().ShouldBe(2);
        ordered.Config.GetProperty("name").GetString().ShouldNotBe(before.GetProperty("name").GetString());
        await Server.DeliverAsync(ordered.Pull, 2, consumerSequence: 1);
        await ordered.ShouldGiveAsync(2);
    }

    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task The_consumer_before_is_released(CancellationToken token)
    {
        await using var ordered = await OrderedAsync(token);
        var before = ordered.Config.GetProperty("name").GetString();
        await Server.DeliverAsync(ordered.Pull, 2);
        await ordered.AcceptAsync();
        Server.Deleted.ShouldBe([$"CONSUMER.DELETE.S.{before}"]);
        Server.Subscriptions.Count.ShouldBe(2, "that of the new one, and the inbox of requests");
    }

    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task Sequences_of_the_stream_may_have_gaps(CancellationToken token)
    {
        await using var ordered = await OrderedAsync(token);
        await Server.DeliverAsync(ordered.Pull, 5, consumerSequence: 1);
        await ordered.ShouldGiveAsync(5);
        await Server.DeliverAsync(ordered.Pull, 9, consumerSequence: 2);
        await ordered.ShouldGiveAsync(9);
    }

    [TestCase("409 Consumer Deleted")]
    [TestCase("409 Leadership Change")]
    [TestCase("409 Server Shutdown")]
    [TestCase("503 No Responders")]
    [Rule("ADR-17", "Behavior")]
    public async Task Whatever_ends_its_consumer_makes_it_take_the_next(string status, CancellationToken token)
    {
        await using var ordered = await OrderedAsync(token);
        await Server.DeliverAsync(ordered.Pull, 1);
        await ordered.ShouldGiveAsync(1);
        await Server.StatusAsync(ordered.Pull, status);
        await ordered.AcceptAsync();
        ordered.Config.GetProperty("opt_start_seq").GetInt64().ShouldBe(2);
        await Server.DeliverAsync(ordered.Pull, 2, consumerSequence: 1);
        await ordered.ShouldGiveAsync(2);
    }

    /// <summary>Time is the rule: twice the shortest heartbeat.</summary>
    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task When_heartbeats_are_missed_it_takes_the_next_consumer(CancellationToken token)
    {
        await using var ordered = await OrderedAsync(token, new NatsJSConsumeOpts { Expires = TimeSpan.FromSeconds(1), IdleHeartbeat = TimeSpan.FromSeconds(0.5) });
        await Server.DeliverAsync(ordered.Pull, 1);
        await ordered.ShouldGiveAsync(1);
        await ordered.AcceptAsync();
        ordered.Config.GetProperty("opt_start_seq").GetInt64().ShouldBe(2);
    }

    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task After_a_reconnect_it_takes_the_next_consumer(CancellationToken token)
    {
        await using var ordered = await OrderedAsync(token);
        await Server.DeliverAsync(ordered.Pull, 1);
        await ordered.ShouldGiveAsync(1);
        Server.Cut();
        await ordered.AcceptAsync();
        ordered.Config.GetProperty("opt_start_seq").GetInt64().ShouldBe(2);
    }

    /// <summary>Before the first message there is nothing to go on from: it begins as it was told.</summary>
    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task A_consumer_that_was_lost_before_its_first_message_begins_as_it_was_told(CancellationToken token)
    {
        var opts = new NatsJSOrderedConsumerOpts { DeliverPolicy = ConsumerConfigDeliverPolicy.Last, FilterSubjects = ["s.0"] };
        await using var ordered = await OrderedAsync(token, ordered: opts);
        await Server.StatusAsync(ordered.Pull, "409 Consumer Deleted");
        await ordered.AcceptAsync();
        ordered.Config.GetProperty("deliver_policy").GetString().ShouldBe("last");
        ordered.Config.GetProperty("filter_subject").GetString().ShouldBe("s.0");
    }

    [Test]
    [Rule("ADR-17", "Behavior")]
    public async Task How_often_in_a_row_it_may_fail_to_take_the_next_can_be_limited(CancellationToken token)
    {
        await using var ordered = await OrderedAsync(token, ordered: new NatsJSOrderedConsumerOpts { MaxResetAttempts = 0 });
        await Server.DeliverAsync(ordered.Pull, 1);
        await ordered.ShouldGiveAsync(1);
        await Server.StatusAsync(ordered.Pull, "409 Consumer Deleted");
        await Server.AnswerAsync(await Server.NextAsync(token, "STREAM.INFO."), """{"error": {"code": 503, "err_code": 10008, "description": "system temporarily unavailable"} }""");
        (await Should.ThrowAsync<NatsJSApiException>(ordered.MoveAsync())).Error.ErrCode.ShouldBe(10008);
    }

    private async Task<Ordered> OrderedAsync(CancellationToken token, NatsJSConsumeOpts? opts = null, NatsJSOrderedConsumerOpts? ordered = null)
    {
        var consuming = new Ordered(Server, (await Server.Context.CreateOrderedConsumerAsync("S", ordered, token)).ConsumeAsync<int>(opts: opts, cancellationToken: token).GetAsyncEnumerator(token), token);
        await consuming.AcceptAsync();
        return consuming;
    }

    /// <summary>An ordered consumer at work.</summary>
    private sealed class Ordered(ScriptedJetStream server, IAsyncEnumerator<INatsJSMsg<int>> messages, CancellationToken token) : IAsyncDisposable
    {
        private Task<bool> _moving = messages.MoveNextAsync().AsTask();

        public System.Text.Json.JsonElement Config { get; private set; }

        public ApiRequest Pull { get; private set; } = null!;

        public async Task AcceptAsync()
        {
            var (create, pull) = await server.AcceptOrderedAsync(token);
            Config = create.Json.GetProperty("config");
            Pull = pull;
        }

        public Task<bool> MoveAsync() => _moving;

        public async Task ShouldGiveAsync(int number)
        {
            (await _moving).ShouldBeTrue();
            messages.Current.Data.ShouldBe(number);
            _moving = messages.MoveNextAsync().AsTask();
        }

        public async ValueTask DisposeAsync()
        {
            await server.Connection.DisposeAsync();
            await _moving.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await messages.DisposeAsync();
        }
    }
}
