using System.Collections.Concurrent;
using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-9: the server's signs of life. Where time is the rule the heartbeat is the shortest that there may be.</summary>
[CancelAfter(45_000)]
public sealed class Adr9HeartbeatRules
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(0.5);

    private readonly ConcurrentQueue<INatsJSNotification> _told = new();
    private ScriptedJetStream _server = null!;

    private NatsJSConsumeOpts Opts => new()
    {
        MaxMsgs = 10,
        Expires = TimeSpan.FromSeconds(2),
        IdleHeartbeat = Shortest,
        NotificationHandler = (notification, _) =>
        {
            _told.Enqueue(notification);
            return Task.CompletedTask;
        },
    };

    [SetUp]
    public void Start()
    {
        _told.Clear();
        _server = new ScriptedJetStream();
    }

    [TearDown]
    public async Task Stop() => await _server.DisposeAsync();

    [Test]
    [Rule("ADR-9", "Context")]
    public async Task A_heartbeat_is_asked_for_in_nanoseconds_and_is_never_a_message(CancellationToken token)
    {
        var fetching = _server.Consumer()
            .FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 2, IdleHeartbeat = TimeSpan.FromSeconds(2) }, cancellationToken: token)
            .Select(static x => x.Data)
            .ToListAsync(token).AsTask();
        var pull = await _server.NextAsync(token);
        pull.Number("idle_heartbeat").ShouldBe(2_000_000_000);
        await HeartbeatAsync(pull, 0);
        await _server.DeliverAsync(pull, 1);
        await HeartbeatAsync(pull, 1);
        await _server.DeliverAsync(pull, 2);
        (await fetching).ShouldBe([1, 2]);
    }

    /// <summary>Twice the heartbeat, as ADR-37 has it; ADR-15 speaks of three times, of push consumers.</summary>
    [Test]
    [Rule("ADR-37", "Idle heartbeats")]
    public async Task Silence_of_twice_the_heartbeat_is_told_and_does_not_end_the_consume(CancellationToken token)
    {
        await using var messages = _server.Consumer().ConsumeAsync<int>(opts: Opts, cancellationToken: token).GetAsyncEnumerator(token);
        var start = TimeProvider.System.GetTimestamp();
        var moving = messages.MoveNextAsync().AsTask();
        await _server.NextAsync(token);

        // It asks whether the consumer is there, because servers before 2.10 leave a pull of none without an answer.
        var question = await _server.NextAsync(token);
        TimeProvider.System.GetElapsedTime(start).ShouldBeGreaterThan(Shortest * 1.9);
        question.Api.ShouldBe("CONSUMER.INFO.S.c");
        _told.ShouldBe([NatsJSTimeoutNotification.Default]);
        await _server.AnswerAsync(question, """{"stream_name": "S", "name": "c", "config": {}}""");
        await _server.DeliverAsync(await _server.NextAsync(token), 1);
        (await moving).ShouldBeTrue();
    }

    [Test]
    [Rule("ADR-37", "Idle heartbeats")]
    public async Task Any_message_of_the_server_starts_the_wait_for_the_heartbeat_anew(CancellationToken token)
    {
        // A machine that stood still for as long has been silent indeed.
        var pauses = new Pauses(Shortest * 1.5);
        do
        {
            await Stop();
            Start();
            pauses.Begin();
            await using var messages = _server.Consumer().ConsumeAsync<int>(opts: Opts, cancellationToken: token).GetAsyncEnumerator(token);
            var moving = messages.MoveNextAsync().AsTask();
            var pull = await _server.NextAsync(token);
            pauses.Mark();
            for (var i = 0; i < 3; i++)
            {
                // Altogether longer than the silence that would be told.
                await Task.Delay(Shortest, token);
                await HeartbeatAsync(pull, 0);
                pauses.Mark();
            }

            await _server.DeliverAsync(pull, 1);
            (await moving).ShouldBeTrue();
            pauses.Mark();
        }
        while (pauses.AnyTooLong);

        _told.ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-9", "Context")]
    public async Task An_ordered_consumer_whose_heartbeat_is_ahead_of_it_begins_anew(CancellationToken token)
    {
        var consumer = await _server.Context.CreateOrderedConsumerAsync("S", cancellationToken: token);
        await using var messages = consumer.ConsumeAsync<int>(cancellationToken: token).GetAsyncEnumerator(token);
        var moving = messages.MoveNextAsync().AsTask();
        var (_, pull) = await _server.AcceptOrderedAsync(token);
        await _server.DeliverAsync(pull, 1);
        (await moving).ShouldBeTrue();
        moving = messages.MoveNextAsync().AsTask();
        await HeartbeatAsync(pull, 1);
        await HeartbeatAsync(pull, 2);
        var (create, again) = await _server.AcceptOrderedAsync(token);
        create.Json.GetProperty("config").GetProperty("opt_start_seq").GetInt64().ShouldBe(2);
        await _server.DeliverAsync(again, 2, consumerSequence: 1);
        (await moving).ShouldBeTrue();
        messages.Current.Data.ShouldBe(2);
    }

    private Task HeartbeatAsync(ApiRequest pull, int lastConsumer) =>
        _server.StatusAsync(pull, "100 Idle Heartbeat", $"Nats-Last-Consumer: {lastConsumer}", "Nats-Last-Stream: 7");
}
