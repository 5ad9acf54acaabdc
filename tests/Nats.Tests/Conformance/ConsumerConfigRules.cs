using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Each group of a consumer's settings is taken by the server as the client asked for it, and does what the document says.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class ConsumerConfigRules(Topology topology) : JetStreamConformanceTest(topology)
{
    [Test]
    [Rule("Consumers", "General")]
    public async Task Waits_limits_and_purpose_are_taken(CancellationToken token)
    {
        var config = new ConsumerConfig("c")
        {
            Description = "why",
            AckWait = TimeSpan.FromSeconds(7),
            MaxDeliver = 5,
            MaxAckPending = 17,
            InactiveThreshold = TimeSpan.FromMinutes(3),
            SampleFreq = "30%",
            MemStorage = true,
            NumReplicas = 1,
            HeadersOnly = true,
        };
        var taken = await ShouldBeTakenAsync(config, token);
        taken.Description.ShouldBe("why");
        taken.AckWait.ShouldBe(TimeSpan.FromSeconds(7));
        taken.MaxDeliver.ShouldBe(5);
        taken.MaxAckPending.ShouldBe(17);
        taken.InactiveThreshold.ShouldBe(TimeSpan.FromMinutes(3));
        taken.DurableName.ShouldBe("c");
    }

    [TestCase(ConsumerConfigAckPolicy.Explicit)]
    [TestCase(ConsumerConfigAckPolicy.All)]
    [TestCase(ConsumerConfigAckPolicy.None)]
    [Rule("Consumers", "AckPolicy")]
    public async Task The_policy_of_acknowledgements_is_taken(ConsumerConfigAckPolicy policy, CancellationToken token) =>
        (await ShouldBeTakenAsync(new ConsumerConfig("c") { AckPolicy = policy }, token)).AckPolicy.ShouldBe(policy);

    [TestCase(ConsumerConfigDeliverPolicy.All)]
    [TestCase(ConsumerConfigDeliverPolicy.Last)]
    [TestCase(ConsumerConfigDeliverPolicy.New)]
    [TestCase(ConsumerConfigDeliverPolicy.LastPerSubject)]
    [TestCase(ConsumerConfigDeliverPolicy.ByStartSequence)]
    [TestCase(ConsumerConfigDeliverPolicy.ByStartTime)]
    [Rule("Consumers", "DeliverPolicy")]
    public async Task The_place_to_start_is_taken(ConsumerConfigDeliverPolicy policy, CancellationToken token)
    {
        var config = new ConsumerConfig("c") { DeliverPolicy = policy, ReplayPolicy = ConsumerConfigReplayPolicy.Original };
        var taken = await ShouldBeTakenAsync(
            policy switch
            {
                ConsumerConfigDeliverPolicy.ByStartSequence => config with { OptStartSeq = 3 },
                ConsumerConfigDeliverPolicy.ByStartTime => config with { OptStartTime = DateTimeOffset.UnixEpoch.AddYears(50) },
                ConsumerConfigDeliverPolicy.LastPerSubject => config with { FilterSubject = ">" },
                _ => config,
            },
            token);
        taken.DeliverPolicy.ShouldBe(policy);
        taken.ReplayPolicy.ShouldBe(ConsumerConfigReplayPolicy.Original);
    }

    [Test]
    [Rule("Consumers", "Pull-specific")]
    public async Task Limits_of_pulls_are_taken(CancellationToken token)
    {
        var taken = await ShouldBeTakenAsync(new ConsumerConfig("c") { MaxWaiting = 9, MaxExpires = TimeSpan.FromSeconds(9), MaxBatch = 19, MaxBytes = 1900 }, token);
        taken.MaxWaiting.ShouldBe(9);
        taken.MaxExpires.ShouldBe(TimeSpan.FromSeconds(9));
        taken.MaxBatch.ShouldBe(19);
        taken.MaxBytes.ShouldBe(1900);
    }

    [Test]
    [Rule("Consumers", "Push-specific")]
    public async Task Settings_of_consumers_that_push_are_taken(CancellationToken token)
    {
        var config = new ConsumerConfig("c") { DeliverSubject = UniqueName(), IdleHeartbeat = TimeSpan.FromSeconds(5), FlowControl = true, RateLimitBps = 1_000_000 };
        (await ShouldBeTakenAsync(config, token)).IdleHeartbeat.ShouldBe(TimeSpan.FromSeconds(5));
        (await ShouldBeTakenAsync(new ConsumerConfig("g") { DeliverSubject = UniqueName(), DeliverGroup = "q" }, token)).DeliverGroup.ShouldBe("q");
    }

    [Test]
    [Rule("Consumers", "General")]
    public async Task Pauses_before_redeliveries_are_taken(CancellationToken token)
    {
        TimeSpan[] pauses = [TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)];
        (await ShouldBeTakenAsync(new ConsumerConfig("c") { MaxDeliver = 3, AckWait = pauses[0], Backoff = pauses }, token)).Backoff.ShouldBe(pauses);
    }

    [Test]
    [Rule("Consumers", "General")]
    public async Task A_consumer_without_a_durable_name_is_one_for_the_moment(CancellationToken token)
    {
        var (_, stream, _) = await CreateConsumerAsync(1, token);
        var consumer = await CreateConsumerAsync(stream, new ConsumerConfig(), token);
        consumer.Info.Config.DurableName.ShouldBeNull();
        consumer.Info.Name.ShouldNotBeNullOrEmpty();
        consumer.Info.Config.InactiveThreshold.ShouldBe(TimeSpan.FromSeconds(5), "the server's default, after which it is removed");
        (await consumer.NextAsync<int>(cancellationToken: token))!.Data.ShouldBe(1);
    }

    [Test]
    [Rule("Consumers", "MaxAckPending")]
    public async Task Beyond_the_unacknowledged_messages_that_there_may_be_nothing_comes(CancellationToken token)
    {
        var (_, _, consumer) = await CreateConsumerAsync(3, token, static x => x with { MaxAckPending = 1 });
        var first = await consumer.NextAsync<int>(cancellationToken: token);
        var second = consumer.NextAsync<int>(cancellationToken: token).AsTask();
        await HaNatsBridge.Tests.Support.Eventually.TrueAsync(
            async () =>
            {
                await consumer.RefreshAsync(token);
                return consumer.Info is { NumWaiting: 1, NumAckPending: 1, NumPending: 2 };
            },
            "a pull waits although messages are there");
        second.IsCompleted.ShouldBeFalse();
        await first!.AckAsync(cancellationToken: token);
        (await second)!.Data.ShouldBe(2);
    }

    [Test]
    [Rule("Consumers", "General")]
    public async Task A_message_is_delivered_as_often_as_it_may_be(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(1, token, static x => x with { MaxDeliver = 2 });
        for (var i = 1ul; i <= 2; i++)
        {
            var msg = (await consumer.NextAsync<int>(cancellationToken: token))!;
            msg.Metadata!.Value.NumDelivered.ShouldBe(i);
            await msg.NakAsync(new AckOpts { DoubleAck = true }, cancellationToken: token);
        }

        // What is to come again comes before what is new.
        await PublishNumbersAsync(js, stream, 1, token, from: 2);
        (await consumer.NextAsync<int>(cancellationToken: token))!.Data.ShouldBe(2);
    }

    [Test]
    [Rule("ADR-37", "JetStream Context")]
    public async Task Consumers_are_found_listed_changed_and_deleted(CancellationToken token)
    {
        var (_, stream, _) = await CreateConsumerAsync(0, token);
        await CreateConsumerAsync(stream, new ConsumerConfig("d"), token);
        (await stream.ListConsumerNamesAsync(token).ToListAsync(token)).ShouldBe(["c", "d"], ignoreOrder: true);
        (await stream.ListConsumersAsync(token).Select(static x => x.Info.Name).ToListAsync(token)).ShouldBe(["c", "d"], ignoreOrder: true);
        (await CreateConsumerAsync(stream, new ConsumerConfig("d") { Description = "new" }, token)).Info.Config.Description.ShouldBe("new");
        (await stream.GetConsumerAsync("d", token)).Info.Config.Description.ShouldBe("new");
        (await stream.DeleteConsumerAsync("d", token)).ShouldBeTrue();
        await UntilLeaderKnowsAsync(stream, "d", isThere: false, token);
        (await Should.ThrowAsync<NatsJSApiException>(stream.GetConsumerAsync("d", token).AsTask())).Error.ErrCode.ShouldBe(10014);
    }

    [Test]
    [Rule("ADR-37", "JetStream Context")]
    public async Task Streams_are_made_found_listed_changed_and_deleted(CancellationToken token)
    {
        var js = JetStream();
        var name = UniqueName();
        var config = new StreamConfig(name, [$"{name}.a"]) { Storage = StreamConfigStorage.Memory };
        (await js.CreateOrUpdateStreamAsync(config, token)).Info.Config.Subjects.ShouldBe([$"{name}.a"]);
        await UntilLeaderKnowsAsync(js, name, isThere: true, token);
        (await js.CreateOrUpdateStreamAsync(config with { Subjects = [$"{name}.b"] }, token)).Info.Config.Subjects.ShouldBe([$"{name}.b"]);
        (await js.ListStreamNamesAsync(cancellationToken: token).ToListAsync(token)).ShouldContain(name);
        (await js.ListStreamsAsync(cancellationToken: token).Select(static x => x.Info.Config.Name).ToListAsync(token)).ShouldContain(name);
        (await js.DeleteStreamAsync(name, token)).ShouldBeTrue();
        await UntilLeaderKnowsAsync(js, name, isThere: false, token);
        (await Should.ThrowAsync<NatsJSApiException>(js.GetStreamAsync(name, cancellationToken: token).AsTask())).Error.ErrCode.ShouldBe(10059);
        (await js.GetAccountInfoAsync(token)).Streams.ShouldBeGreaterThanOrEqualTo(0);
    }

    /// <summary>"create" and "update" are known since server 2.10; older ones do both, whatever is asked.</summary>
    [Test]
    [Rule("ADR-37", "JetStream Context")]
    public async Task Creating_refuses_what_is_there_otherwise_and_updating_what_is_not_there(CancellationToken token)
    {
        var (js, stream, _) = await CreateConsumerAsync(0, token);
        var name = stream.Info.Config.Name!;
        await js.CreateConsumerAsync(name, new ConsumerConfig("a") { Description = "one" }, token);
        await UntilLeaderKnowsAsync(stream, "a", isThere: true, token);
        if (IsOldest)
        {
            (await js.CreateConsumerAsync(name, new ConsumerConfig("a") { Description = "two" }, token)).Info.Config.Description.ShouldBe("two");
            return;
        }

        await js.CreateConsumerAsync(name, new ConsumerConfig("a") { Description = "one" }, token);
        (await Should.ThrowAsync<NatsJSApiException>(js.CreateConsumerAsync(name, new ConsumerConfig("a") { Description = "two" }, token).AsTask())).Error.ErrCode.ShouldBe(10148);
        (await Should.ThrowAsync<NatsJSApiException>(js.UpdateConsumerAsync(name, new ConsumerConfig("b"), token).AsTask())).Error.ErrCode.ShouldBe(10149);
        (await js.UpdateConsumerAsync(name, new ConsumerConfig("a") { Description = "two" }, token)).Info.Config.Description.ShouldBe("two");
    }

    private async Task<ConsumerConfig> ShouldBeTakenAsync(ConsumerConfig config, CancellationToken token)
    {
        using var log = new RecordedLog();
        var stream = await CreateStreamAsync(JetStream(x => x with { LoggerFactory = log }), token);
        var taken = config.FilterSubject is null ? config : config with { FilterSubject = $"{stream.Info.Config.Name}.>" };
        var consumer = await CreateConsumerAsync(stream, taken, token);
        log.NotTaken.ShouldBeEmpty();
        return consumer.Info.Config;
    }
}
