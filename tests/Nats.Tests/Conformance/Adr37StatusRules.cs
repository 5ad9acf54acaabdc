using System.Collections.Concurrent;
using NATS.Client.Core;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-37: what a consume and a fetch make of each status message of the server.</summary>
[CancelAfter(20_000)]
public sealed class Adr37StatusRules
{
    [Test]
    [Rule("ADR-37", "Status handling")]
    public async Task A_bad_request_ends_the_consume_with_an_error(CancellationToken token) =>
        (await ShouldEndAsync("400 Bad Request - Invalid JSON", token)).HeaderCode.ShouldBe(400);

    [Test]
    [Rule("ADR-37", "Status handling")]
    public async Task A_deleted_consumer_ends_the_consume_with_an_error(CancellationToken token) =>
        (await ShouldEndAsync("409 Consumer Deleted", token)).HeaderMessage.ShouldBe(NatsHeaders.Messages.ConsumerDeleted);

    [Test]
    [Rule("ADR-37", "Status handling")]
    public async Task A_consumer_that_pushes_ends_the_consume_with_an_error(CancellationToken token) =>
        (await ShouldEndAsync("409 Consumer is push based", token)).HeaderMessage.ShouldBe(NatsHeaders.Messages.ConsumerIsPushBased);

    [TestCase("404 No Messages")]
    [TestCase("408 Request Timeout")]
    [Rule("ADR-37", "Status handling")]
    public async Task A_pull_that_expired_is_renewed_and_nothing_is_told(string status, CancellationToken token)
    {
        await using var consume = new Consume(token);
        await consume.Server.StatusAsync(await consume.NextPullAsync(), status, "Nats-Pending-Messages: 10", "Nats-Pending-Bytes: 0");
        await consume.ShouldDeliverAsync(await consume.NextPullAsync());
        consume.Notifications.ShouldBeEmpty();
    }

    /// <summary>The server tells so only the message that is too large for the room that is left; after the rest of the pulls it would fit.</summary>
    [Test]
    [Rule("ADR-37", "Status handling")]
    public async Task A_message_that_finds_no_room_among_the_bytes_is_pulled_again_and_nothing_is_told(CancellationToken token)
    {
        await using var consume = new Consume(token, new NatsJSConsumeOpts { MaxBytes = 1000 });
        var first = await consume.NextPullAsync();
        await consume.ShouldDeliverAsync(first);
        await consume.Server.StatusAsync(first, "409 Message Size Exceeds MaxBytes", "Nats-Pending-Messages: 999999", "Nats-Pending-Bytes: 900");
        var second = await consume.NextPullAsync();
        second.Number("max_bytes").ShouldBeGreaterThanOrEqualTo(900);
        consume.Notifications.ShouldBeEmpty();
    }

    [TestCase("409 Exceeded MaxWaiting")]
    [TestCase("409 Leadership Change")]
    [TestCase("409 Server Shutdown")]
    [TestCase("503 No Responders")]
    [TestCase("409 What A Later Server May Say")]
    [Rule("ADR-37", "Status handling")]
    public async Task A_warning_is_told_and_the_consume_goes_on(string status, CancellationToken token)
    {
        await using var consume = new Consume(token);
        await consume.Server.StatusAsync(await consume.NextPullAsync(), status);
        await consume.ShouldDeliverAsync(await consume.NextPullAsync());
        consume.Notifications.Count.ShouldBe(1);
    }

    /// <summary>The next pull comes after a pause, since it would be refused as well: that it comes is seen with real servers.</summary>
    [TestCase("409 Exceeded MaxRequestBatch of 5")]
    [TestCase("409 Exceeded MaxRequestExpires of 1s")]
    [TestCase("409 Exceeded MaxRequestMaxBytes of 100")]
    [Rule("ADR-37", "Status handling")]
    public async Task A_pull_beyond_the_limits_of_the_consumer_is_told_and_does_not_end_the_consume(string status, CancellationToken token)
    {
        await using var consume = new Consume(token);
        var pull = await consume.NextPullAsync();
        await consume.Server.StatusAsync(pull, status);
        await consume.ShouldDeliverAsync(pull);
        consume.Notifications.OfType<NatsJSProtocolNotification>().Single().HeaderMessageText.ShouldStartWith("Exceeded MaxRequest");
    }

    [Test]
    [Rule("ADR-15", "Unknown Error Statuses")]
    public async Task A_status_that_the_client_does_not_know_is_told_and_never_a_message(CancellationToken token)
    {
        await using var consume = new Consume(token);
        var pull = await consume.NextPullAsync();
        await consume.Server.StatusAsync(pull, "477 Quite New");
        await consume.ShouldDeliverAsync(pull);
        consume.Notifications.OfType<NatsJSProtocolNotification>().Single().ShouldBe(new NatsJSProtocolNotification("Unhandled protocol message", 477, "Quite New"));
    }

    [TestCase("404 No Messages")]
    [TestCase("408 Request Timeout")]
    [TestCase("409 Batch Completed")]
    [TestCase("409 Message Size Exceeds MaxBytes")]
    [TestCase("409 Exceeded MaxWaiting")]
    [Rule("ADR-37", "Status handling")]
    public async Task A_fetch_ends_with_its_pull(string status, CancellationToken token)
    {
        await using var server = new ScriptedJetStream();
        var fetching = server.Consumer().FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 5 }, cancellationToken: token).Select(static x => x.Data).ToListAsync(token).AsTask();
        var pull = await server.NextAsync(token);
        await server.DeliverAsync(pull, 1);
        await server.StatusAsync(pull, status);
        (await fetching).ShouldBe([1]);
        (await server.AnyAsync(token)).ShouldBeFalse("no second pull");
    }

    [TestCase("400 Bad Request")]
    [TestCase("409 Consumer Deleted")]
    [TestCase("409 Consumer is push based")]
    [TestCase("409 Exceeded MaxRequestBatch of 5")]
    [Rule("ADR-37", "Status handling")]
    public async Task A_fetch_whose_pull_is_wrong_ends_with_an_error(string status, CancellationToken token)
    {
        await using var server = new ScriptedJetStream();
        var fetching = server.Consumer().FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 5 }, cancellationToken: token).ToListAsync(token).AsTask();
        await server.StatusAsync(await server.NextAsync(token), status);
        (await Should.ThrowAsync<NatsJSProtocolException>(fetching)).HeaderMessageText.ShouldBe(status[4..]);
    }

    [TestCase("404 No Messages")]
    [TestCase("408 Request Timeout")]
    [Rule("ADR-15", "Pull Mode Statuses")]
    public async Task Next_returns_nothing_when_its_pull_ends_without_a_message(string status, CancellationToken token)
    {
        await using var server = new ScriptedJetStream();
        var next = server.Consumer().NextAsync<int>(cancellationToken: token).AsTask();
        await server.StatusAsync(await server.NextAsync(token), status);
        (await next).ShouldBeNull();
    }

    private static async Task<NatsJSProtocolException> ShouldEndAsync(string status, CancellationToken token)
    {
        await using var consume = new Consume(token);
        await consume.Server.StatusAsync(await consume.NextPullAsync(), status);
        return await Should.ThrowAsync<NatsJSProtocolException>(consume.MoveAsync());
    }

    /// <summary>A consume at work.</summary>
    private sealed class Consume : IAsyncDisposable
    {
        private readonly CancellationToken _token;
        private readonly IAsyncEnumerator<INatsJSMsg<int>> _messages;
        private Task<bool> _moving;
        private int _sequence;

        public Consume(CancellationToken token, NatsJSConsumeOpts? opts = null)
        {
            _token = token;
            var told = (opts ?? new NatsJSConsumeOpts { MaxMsgs = 10 }) with
            {
                NotificationHandler = (notification, _) =>
                {
                    Notifications.Enqueue(notification);
                    return Task.CompletedTask;
                },
            };
            _messages = Server.Consumer().ConsumeAsync<int>(opts: told, cancellationToken: token).GetAsyncEnumerator(token);
            _moving = _messages.MoveNextAsync().AsTask();
        }

        public ScriptedJetStream Server { get; } = new();

        public ConcurrentQueue<INatsJSNotification> Notifications { get; } = new();

        public Task<ApiRequest> NextPullAsync() => Server.NextAsync(_token, "CONSUMER.MSG.NEXT.S.c");

        public Task<bool> MoveAsync() => _moving;

        /// <summary>The next message goes through, so the consume lives, and all before it has been dealt with.</summary>
        public async Task ShouldDeliverAsync(ApiRequest pull)
        {
            await Server.DeliverAsync(pull, ++_sequence);
            (await _moving).ShouldBeTrue();
            _messages.Current.Data.ShouldBe(_sequence);
            _moving = _messages.MoveNextAsync().AsTask();
        }

        public async ValueTask DisposeAsync()
        {
            await Server.Connection.DisposeAsync();
            await _moving.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await _messages.DisposeAsync();
            await Server.DisposeAsync();
        }
    }
}
