using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Settings of streams and consumers that servers learned after 2.9.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.New))]
[CancelAfter(45_000)]
public sealed class StreamConfigNewRules(Topology topology) : JetStreamConformanceTest(topology)
{
    private RecordedLog _log = null!;

    [SetUp]
    public void OpenLog() => _log = new RecordedLog();

    [TearDown]
    public void CloseLog() => _log.Dispose();

    [Test]
    [Rule("Streams", "Configuration")]
    public async Task Compression_is_taken(CancellationToken token) =>
        (await CreateAsync(static x => x with { Storage = StreamConfigStorage.File, Compression = StreamConfigCompression.S2 }, token)).Compression.ShouldBe(StreamConfigCompression.S2);

    [Test]
    [Rule("Streams", "Configuration")]
    public async Task Additional_data_is_taken_beside_what_the_server_adds(CancellationToken token) =>
        (await CreateAsync(static x => x with { Metadata = new Dictionary<string, string> { ["room"] = "kitchen" } }, token)).Metadata!["room"].ShouldBe("kitchen");

    [Test]
    [Rule("Streams", "Configuration")]
    public async Task Counters_and_a_quick_acknowledgement_are_taken(CancellationToken token)
    {
        (await CreateAsync(static x => x with { AllowMsgCounter = true, AllowDirect = true }, token)).AllowMsgCounter.ShouldBeTrue();
        (await CreateAsync(static x => x with { Storage = StreamConfigStorage.File, PersistMode = StreamConfigPersistMode.Async }, token)).PersistMode.ShouldBe(StreamConfigPersistMode.Async);
    }

    [Test]
    [Rule("ADR-50", "Stream Configuration")]
    public async Task Batches_can_be_allowed(CancellationToken token) =>
        (await CreateAsync(static x => x with { AllowAtomicPublish = true }, token)).AllowAtomicPublish.ShouldBeTrue();

    [Test]
    [Rule("ADR-51", "Stream Configuration")]
    public async Task Schedules_can_be_allowed(CancellationToken token) =>
        (await CreateAsync(static x => x with { AllowMsgSchedules = true }, token)).AllowMsgSchedules.ShouldBeTrue();

    [Test]
    [Rule("ADR-51", "Single scheduled message")]
    public async Task A_message_with_a_schedule_comes_at_its_time_under_its_target(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token, static x => x with { AllowMsgSchedules = true });
        var name = stream.Info.Config.Name;
        var headers = new NATS.Client.Core.NatsHeaders { ["Nats-Schedule"] = "@at 2009-11-10T23:00:00Z", ["Nats-Schedule-Target"] = $"{name}.target" };
        (await js.PublishAsync($"{name}.schedule", 7, opts: Patient, headers: headers, cancellationToken: token)).EnsureSuccess();
        var consumer = await stream.CreateOrderedConsumerAsync(new NatsJSOrderedConsumerOpts { FilterSubjects = [$"{name}.target"] }, token);
        var msg = (await consumer.NextAsync<int>(cancellationToken: token))!;
        msg.Data.ShouldBe(7);
        msg.Headers!["Nats-Scheduler"].ToString().ShouldBe($"{name}.schedule");
    }

    [Test]
    [Rule("JetStream Headers", "Nats-Expected-Last-Subject-Sequence-Subject")]
    public async Task The_sequence_that_is_expected_can_be_that_of_another_subject(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var name = stream.Info.Config.Name;
        await js.PublishAsync($"{name}.a.1", 1, opts: Patient, cancellationToken: token);
        (await PublishAsync(9)).Error!.ErrCode.ShouldBe(10071);
        (await PublishAsync(1)).EnsureSuccess();

        ValueTask<PubAckResponse> PublishAsync(ulong last) => js.PublishAsync(
            $"{name}.a.2",
            2,
            opts: Patient with { ExpectedLastSubjectSequence = last, ExpectedLastSubjectSequenceSubject = $"{name}.a.*" },
            cancellationToken: token);
    }

    [Test]
    [Rule("JetStream wire API Reference", "Consumers")]
    public async Task A_paused_consumer_delivers_nothing_until_it_is_resumed(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(1, token);
        var name = stream.Info.Config.Name!;
        var until = DateTimeOffset.UtcNow.AddHours(1);
        var paused = await js.PauseConsumerAsync(name, "c", until, token);
        paused.IsPaused.ShouldBeTrue();
        paused.PauseUntil!.Value.ShouldBe(until, TimeSpan.FromMilliseconds(1));
        paused.PauseRemaining!.Value.ShouldBeInRange(TimeSpan.FromMinutes(50), TimeSpan.FromHours(1));

        await UntilAsync(isPaused: true);
        (await TakeAsync(consumer.FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 1 }, cancellationToken: token), token)).ShouldBeEmpty();
        (await js.ResumeConsumerAsync(name, "c", token)).ShouldBeTrue();
        await UntilAsync(isPaused: false);
        (await consumer.NextAsync<int>(cancellationToken: token))!.Data.ShouldBe(1);

        // In a cluster the consumer's own server hears of it after who answered, and a pull that waits there meanwhile is looked at again only with its next heartbeat.
        Task UntilAsync(bool isPaused) => Eventually.TrueAsync(
            async () =>
            {
                await consumer.RefreshAsync(token);
                return consumer.Info.Paused == isPaused;
            },
            $"paused: {isPaused}");
    }

    [Test]
    [Rule("ADR-44", "Server-set metadata")]
    public async Task What_the_server_says_of_its_versions_is_there_and_no_difference_from_what_was_asked(CancellationToken token)
    {
        var js = JetStream(x => x with { LoggerFactory = _log });
        var stream = await CreateStreamAsync(js, token, static x => x with { AllowMsgTTL = true });
        var consumer = await CreateConsumerAsync(stream, new ConsumerConfig("c") { PauseUntil = DateTimeOffset.UtcNow.AddHours(1) }, token);
        stream.Info.Config.Metadata!.Keys.ShouldBe(["_nats.level", "_nats.req.level", "_nats.ver"], ignoreOrder: true);
        stream.Info.Config.Metadata["_nats.req.level"].ShouldBe("1");
        consumer.Info.Config.Metadata!["_nats.req.level"].ShouldBe("1");
        _log.NotTaken.ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-44", "Server-set metadata")]
    public async Task An_update_may_send_back_what_the_server_said_of_its_versions(CancellationToken token)
    {
        var js = JetStream(x => x with { LoggerFactory = _log });
        var stream = await CreateStreamAsync(js, token);
        await stream.UpdateAsync(stream.Info.Config with { AllowMsgTTL = true }, token);
        stream.Info.Config.Metadata!["_nats.req.level"].ShouldBe("1");
        _log.NotTaken.ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-44", "API Support Level")]
    public async Task The_level_of_the_API_is_told_with_the_account(CancellationToken token) => (await JetStream().GetAccountInfoAsync(token)).Api.Level.ShouldBeGreaterThanOrEqualTo(2);

    [Test]
    [Rule("ADR-42", "General Overview")]
    public async Task Priority_groups_of_a_consumer_are_taken(CancellationToken token)
    {
        var js = JetStream(x => x with { LoggerFactory = _log });
        var stream = await CreateStreamAsync(js, token);
        var config = new ConsumerConfig("c") { PriorityGroups = ["jobs"], PriorityPolicy = ConsumerConfigPriorityPolicy.PinnedClient, PinnedTTL = TimeSpan.FromMinutes(2) };
        var consumer = await CreateConsumerAsync(stream, config, token);
        _log.NotTaken.ShouldBeEmpty();
        consumer.Info.Config.PinnedTTL.ShouldBe(TimeSpan.FromMinutes(2));
        consumer.Info.PriorityGroups!.Single().Group.ShouldBe("jobs");
        await consumer.UnpinAsync("jobs", token);
    }

    [Test]
    [Rule("ADR-42", "overflow policy")]
    public async Task A_pull_of_no_group_from_a_consumer_with_groups_is_an_error(CancellationToken token)
    {
        var (_, stream, _) = await CreateConsumerAsync(1, token);
        var consumer = await CreateConsumerAsync(stream, new ConsumerConfig("g") { PriorityGroups = ["jobs"], PriorityPolicy = ConsumerConfigPriorityPolicy.Overflow }, token);
        (await Should.ThrowAsync<NatsJSProtocolException>(consumer.NextAsync<int>(cancellationToken: token).AsTask())).HeaderCode.ShouldBe(400);
    }

    /// <summary>The server reads a work queue for another stream by a consumer with a policy that no client's has.</summary>
    [Test]
    [Rule("JetStream wire API Reference", "Consumers")]
    public async Task Consumers_by_which_a_server_copies_a_stream_are_listed_with_the_others(CancellationToken token)
    {
        var js = JetStream();
        var queue = await CreateStreamAsync(js, token, static x => x with { Retention = StreamConfigRetention.Workqueue });
        await CreateStreamAsync(js, token, x => x with { Subjects = null, Sources = [new StreamSource { Name = queue.Info.Config.Name! }] });
        var copying = new List<INatsJSConsumer>();
        await HaNatsBridge.Tests.Support.Eventually.TrueAsync(
            async () =>
            {
                copying = await queue.ListConsumersAsync(token).ToListAsync(token);
                return copying.Count == 1;
            },
            "the server reads the queue");
        copying[0].Info.Config.AckPolicy.ShouldBe(ConsumerConfigAckPolicy.FlowControl);
    }

    private async Task<StreamConfig> CreateAsync(Func<StreamConfig, StreamConfig> configure, CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(x => x with { LoggerFactory = _log }), token, configure);
        _log.NotTaken.ShouldBeEmpty();
        return stream.Info.Config;
    }
}
