using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Each group of a stream's settings is taken by the server as the client asked for it: so the answer says, and the client's comparison of both is silent.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class StreamConfigRules(Topology topology) : JetStreamConformanceTest(topology)
{
    [Test]
    [Rule("Streams", "Configuration")]
    public Task Limits_are_taken(CancellationToken token) => ShouldBeTakenAsync(
        static x => x with
        {
            Description = "numbers",
            MaxMsgs = 10,
            MaxMsgsPerSubject = 5,
            MaxBytes = 1024,
            MaxAge = TimeSpan.FromMinutes(5),
            MaxMsgSize = 100,
            MaxConsumers = 3,
            DuplicateWindow = TimeSpan.FromSeconds(30),
        },
        token);

    [TestCase(StreamConfigRetention.Limits)]
    [TestCase(StreamConfigRetention.Interest)]
    [TestCase(StreamConfigRetention.Workqueue)]
    [Rule("Streams", "RetentionPolicy")]
    public Task Retention_is_taken(StreamConfigRetention retention, CancellationToken token) => ShouldBeTakenAsync(x => x with { Retention = retention }, token);

    [TestCase(StreamConfigStorage.File)]
    [TestCase(StreamConfigStorage.Memory)]
    [Rule("Streams", "StorageType")]
    public Task Storage_is_taken(StreamConfigStorage storage, CancellationToken token) => ShouldBeTakenAsync(x => x with { Storage = storage }, token);

    [Test]
    [Rule("Streams", "DiscardPolicy")]
    public Task Discarding_is_taken(CancellationToken token) => ShouldBeTakenAsync(
        static x => x with { Discard = StreamConfigDiscard.New, DiscardNewPerSubject = true, MaxMsgsPerSubject = 1 },
        token);

    [Test]
    [Rule("Streams", "Configuration")]
    public Task What_may_not_be_done_to_it_is_taken(CancellationToken token) => ShouldBeTakenAsync(static x => x with { DenyDelete = true, DenyPurge = true }, token);

    [Test]
    [Rule("Streams", "AllowRollup")]
    public Task Rollups_direct_reads_and_unacknowledged_publishes_are_taken(CancellationToken token) =>
        ShouldBeTakenAsync(static x => x with { AllowRollupHdrs = true, AllowDirect = true, NoAck = true }, token);

    [Test]
    [Rule("Streams", "RePublish")]
    public Task Republishing_is_taken(CancellationToken token) =>
        ShouldBeTakenAsync(static x => x with { Republish = new Republish { Src = $"{x.Name}.>", Dest = $"again.{x.Name}.>", HeadersOnly = true } }, token);

    [Test]
    [Rule("Streams", "Mirror")]
    public async Task A_mirror_is_taken_and_has_the_messages_under_their_sequences(CancellationToken token)
    {
        var js = JetStream();
        var origin = await CreateStreamAsync(js, token, static x => x with { AllowDirect = true });
        await PublishNumbersAsync(js, origin, 3, token);
        var mirror = await ShouldBeTakenAsync(x => x with { Subjects = null, MirrorDirect = true, Mirror = new StreamSource { Name = origin.Info.Config.Name!, OptStartSeq = 2 } }, token);
        await HaNatsBridge.Tests.Support.Eventually.TrueAsync(
            async () =>
            {
                await mirror.RefreshAsync(token);
                return mirror.Info.State.LastSeq == 3;
            },
            "the mirror has the messages");
        mirror.Info.State.FirstSeq.ShouldBe(2ul);
        mirror.Info.Mirror!.Name.ShouldBe(origin.Info.Config.Name);
    }

    [Test]
    [Rule("Streams", "Sources")]
    public async Task Sources_are_taken(CancellationToken token)
    {
        var js = JetStream();
        var one = (await CreateStreamAsync(js, token)).Info.Config.Name!;
        var two = (await CreateStreamAsync(js, token)).Info.Config.Name!;
        var copy = await ShouldBeTakenAsync(
            x => x with { Sources = [new StreamSource { Name = one, FilterSubject = $"{one}.a" }, new StreamSource { Name = two, OptStartTime = DateTimeOffset.UnixEpoch.AddYears(50) }] },
            token);
        copy.Info.Config.Sources!.Select(static x => x.Name).ShouldBe([one, two]);
    }

    [Test]
    [Rule("Streams", "Configuration")]
    public async Task A_stream_can_be_sealed_by_an_update_and_takes_nothing_more(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 1, token);
        await stream.UpdateAsync(stream.Info.Config with { Sealed = true }, token);
        stream.Info.Config.Sealed.ShouldBeTrue();
        (await js.PublishAsync($"{stream.Info.Config.Name}.0", 2, opts: Patient, cancellationToken: token)).Error!.ErrCode.ShouldBe(10109);
    }

    [Test]
    [Rule("Streams", "Configuration")]
    public async Task An_update_changes_what_is_editable_and_refuses_what_is_not(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await stream.UpdateAsync(stream.Info.Config with { MaxMsgs = 7, Description = "new" }, token);
        (await js.GetStreamAsync(stream.Info.Config.Name!, cancellationToken: token)).Info.Config.MaxMsgs.ShouldBe(7);
        (await Should.ThrowAsync<NatsJSApiException>(stream.UpdateAsync(stream.Info.Config with { Storage = StreamConfigStorage.File }, token).AsTask())).Error.ErrCode.ShouldBe(10052);
    }

    [Test]
    [Rule("Streams", "Configuration")]
    public async Task Creating_a_stream_again_is_fine_with_the_same_configuration_and_refused_with_another(CancellationToken token)
    {
        var js = JetStream();
        var name = UniqueName();
        var config = new StreamConfig(name, [name]) { Storage = StreamConfigStorage.Memory };
        await js.CreateStreamAsync(config, token);
        await UntilLeaderKnowsAsync(js, name, isThere: true, token);
        await js.CreateStreamAsync(config, token);
        (await Should.ThrowAsync<NatsJSApiException>(js.CreateStreamAsync(config with { Subjects = [$"{name}.other"] }, token).AsTask())).Error.ErrCode.ShouldBe(10058);
    }

    [Test]
    [Rule("Streams", "DiscardPolicy")]
    public async Task What_finds_no_room_is_refused_with_its_error_where_new_messages_are_discarded(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token, static x => x with { Discard = StreamConfigDiscard.New, MaxMsgs = 1, MaxMsgSize = 10 });
        var subject = $"{stream.Info.Config.Name}.a";
        (await js.PublishAsync(subject, new byte[11], opts: Patient, cancellationToken: token)).Error!.ErrCode.ShouldBe(10054);
        (await js.PublishAsync(subject, 1, opts: Patient, cancellationToken: token)).EnsureSuccess();
        (await js.PublishAsync(subject, 2, opts: Patient, cancellationToken: token)).Error!.ErrCode.ShouldBe(10077);
    }

    [TestCase(StreamConfigRetention.Workqueue)]
    [TestCase(StreamConfigRetention.Interest)]
    [Rule("Streams", "RetentionPolicy")]
    public async Task What_is_acknowledged_leaves_a_stream_that_keeps_only_what_is_not(StreamConfigRetention retention, CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token, x => x with { Retention = retention });
        var consumer = await CreateConsumerAsync(stream, new ConsumerConfig("c"), token);
        await PublishNumbersAsync(js, stream, 2, token);
        await (await consumer.NextAsync<int>(cancellationToken: token))!.AckAsync(new AckOpts { DoubleAck = true }, token);
        await HaNatsBridge.Tests.Support.Eventually.TrueAsync(
            async () =>
            {
                await stream.RefreshAsync(token);
                return stream.Info.State.Messages == 1;
            },
            "one left");
    }

    [Test]
    [Rule("JetStream wire API Reference", "Streams")]
    public async Task The_state_of_a_stream_can_be_asked_for_with_its_subjects_and_its_gaps(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 4, token, subjects: 2);
        (await stream.DeleteMessageAsync(new StreamMsgDeleteRequest { Seq = 2 }, token)).Success.ShouldBeTrue();
        var name = stream.Info.Config.Name!;
        var state = (await js.GetStreamAsync(name, new StreamInfoRequest { DeletedDetails = true, SubjectsFilter = ">" }, token)).Info.State;
        state.Messages.ShouldBe(3);
        state.FirstSeq.ShouldBe(1ul);
        state.LastSeq.ShouldBe(4ul);
        state.Deleted.ShouldBe([2ul]);
        state.Subjects!.ShouldBe(new Dictionary<string, long> { [$"{name}.0"] = 1, [$"{name}.1"] = 2 }, ignoreOrder: true);
    }

    [Test]
    [Rule("JetStream wire API Reference", "Streams")]
    public async Task A_message_can_be_asked_for_by_sequence_as_the_last_and_as_the_next_of_a_subject(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 6, token, subjects: 2);
        var name = stream.Info.Config.Name;
        var third = (await stream.GetAsync(new StreamMsgGetRequest { Seq = 3 }, token)).Message;
        third.Subject.ShouldBe($"{name}.1");
        third.Seq.ShouldBe(3ul);
        System.Text.Encoding.UTF8.GetString(third.Data.Span).ShouldBe("3");
        (await stream.GetAsync(new StreamMsgGetRequest { LastBySubj = $"{name}.0" }, token)).Message.Seq.ShouldBe(6ul);
        (await stream.GetAsync(new StreamMsgGetRequest { Seq = 3, NextBySubj = $"{name}.0" }, token)).Message.Seq.ShouldBe(4ul);
        (await Should.ThrowAsync<NatsJSApiException>(stream.GetAsync(new StreamMsgGetRequest { Seq = 99 }, token).AsTask())).Error.ErrCode.ShouldBe(10037);
    }

    private async Task<INatsJSStream> ShouldBeTakenAsync(Func<StreamConfig, StreamConfig> configure, CancellationToken token)
    {
        using var log = new RecordedLog();
        var js = JetStream(x => x with { LoggerFactory = log });
        var stream = await CreateStreamAsync(js, token, configure);
        log.NotTaken.ShouldBeEmpty();
        var asked = configure(new StreamConfig(stream.Info.Config.Name!, [$"{stream.Info.Config.Name}.>"]) { Storage = StreamConfigStorage.Memory });
        foreach (var property in typeof(StreamConfig).GetProperties().Where(static x => x.PropertyType.IsValueType || x.PropertyType == typeof(string)))
        {
            var value = property.GetValue(asked);
            if (value is not null && !value.Equals(property.GetValue(new StreamConfig())))
            {
                property.GetValue(stream.Info.Config).ShouldBe(value, property.Name);
            }
        }

        return stream;
    }
}
