using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The headers with which a publish says what the stream is to check.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class PublishHeaderRules(Topology topology) : JetStreamConformanceTest(topology)
{
    private NatsJSContext _js = null!;
    private INatsJSStream _stream = null!;

    [SetUp]
    public async Task CreateStream()
    {
        _js = JetStream();
        _stream = await CreateStreamAsync(_js, CancellationToken.None, static x => x with { AllowRollupHdrs = true });
    }

    [Test]
    [Rule("JetStream Headers", "Nats-Msg-Id")]
    public async Task A_message_with_a_known_id_is_stored_once(CancellationToken token)
    {
        (await PublishAsync("a", Patient with { MsgId = "one" }, token)).EnsureSuccess();
        var again = await PublishAsync("a", Patient with { MsgId = "one" }, token);
        again.Duplicate.ShouldBeTrue();
        again.Seq.ShouldBe(1ul);
        Should.Throw<NatsJSDuplicateMessageException>(again.EnsureSuccess).Sequence.ShouldBe(1ul);
    }

    [Test]
    [Rule("JetStream Headers", "Nats-Expected-Stream")]
    public async Task A_message_that_another_stream_gets_is_refused(CancellationToken token)
    {
        (await PublishAsync("a", Patient with { ExpectedStream = "OTHER" }, token)).Error!.ErrCode.ShouldBe(10060);
        (await PublishAsync("a", Patient with { ExpectedStream = _stream.Info.Config.Name }, token)).EnsureSuccess();
    }

    [Test]
    [Rule("JetStream Headers", "Nats-Expected-Last-Msg-Id")]
    public async Task A_message_is_taken_only_behind_the_one_whose_id_it_names(CancellationToken token)
    {
        await PublishAsync("a", Patient with { MsgId = "one" }, token);
        (await PublishAsync("a", Patient with { ExpectedLastMsgId = "two" }, token)).Error!.ErrCode.ShouldBe(10070);
        (await PublishAsync("a", Patient with { ExpectedLastMsgId = "one" }, token)).EnsureSuccess();
    }

    [Test]
    [Rule("JetStream Headers", "Nats-Expected-Last-Sequence")]
    public async Task A_message_is_taken_only_at_the_sequence_of_the_stream_that_it_names(CancellationToken token)
    {
        (await PublishAsync("a", Patient with { ExpectedLastSequence = 7 }, token)).Error!.ErrCode.ShouldBe(10071);
        (await PublishAsync("a", Patient with { ExpectedLastSequence = 0 }, token)).EnsureSuccess();
        (await PublishAsync("a", Patient with { ExpectedLastSequence = 0 }, token)).Error!.ErrCode.ShouldBe(10071);
        (await PublishAsync("a", Patient with { ExpectedLastSequence = 1 }, token)).EnsureSuccess();
    }

    [Test]
    [Rule("JetStream Headers", "Nats-Expected-Last-Subject-Sequence")]
    public async Task A_message_is_taken_only_at_the_sequence_of_its_subject_that_it_names(CancellationToken token)
    {
        await PublishAsync("other", Patient, token);
        (await PublishAsync("a", Patient with { ExpectedLastSubjectSequence = 0 }, token)).EnsureSuccess();
        (await PublishAsync("a", Patient with { ExpectedLastSubjectSequence = 0 }, token)).Error!.ErrCode.ShouldBe(10071);
        (await PublishAsync("a", Patient with { ExpectedLastSubjectSequence = 2 }, token)).EnsureSuccess();
    }

    [Test]
    [Rule("JetStream Headers", "Nats-Rollup")]
    public async Task A_rollup_replaces_what_its_subject_or_the_whole_stream_held(CancellationToken token)
    {
        await PublishNumbersAsync(_js, _stream, 6, token, subjects: 2);
        await RollUpAsync("sub");
        (await CountAsync()).ShouldBe(4);
        await RollUpAsync("all");
        (await CountAsync()).ShouldBe(1);

        async Task RollUpAsync(string what) =>
            (await _js.PublishAsync($"{_stream.Info.Config.Name}.0", 0, headers: new NatsHeaders { ["Nats-Rollup"] = what }, cancellationToken: token)).EnsureSuccess();

        async Task<long> CountAsync()
        {
            await _stream.RefreshAsync(token);
            return _stream.Info.State.Messages;
        }
    }

    [Test]
    [Rule("JetStream Headers", "Headers")]
    public async Task The_callers_headers_go_with_the_message_and_stay_as_they_were(CancellationToken token)
    {
        var headers = new NatsHeaders { ["X-Mine"] = "yes" };
        await _js.PublishAsync($"{_stream.Info.Config.Name}.a", 1, opts: Patient with { MsgId = "id" }, headers: headers, cancellationToken: token);
        headers.Keys.ShouldBe(["X-Mine"]);
        var msg = await (await _stream.CreateOrderedConsumerAsync(cancellationToken: token)).NextAsync<int>(cancellationToken: token);
        msg!.Headers!["X-Mine"].ToString().ShouldBe("yes");
        msg.Headers["Nats-Msg-Id"].ToString().ShouldBe("id");
    }

    /// <summary>The origin's name, and the sequence there, stand first.</summary>
    [Test]
    [Rule("JetStream Headers", "Nats-Stream-Source")]
    public async Task A_copied_message_names_its_origin_and_its_sequence_there(CancellationToken token)
    {
        await PublishNumbersAsync(_js, _stream, 6, token, subjects: 2);
        var name = _stream.Info.Config.Name!;
        var copy = await CreateStreamAsync(_js, token, x => x with { Subjects = null, Sources = [new StreamSource { Name = name, FilterSubject = $"{name}.1" }] });
        var consumer = await copy.CreateOrderedConsumerAsync(cancellationToken: token);
        var seen = await consumer.ConsumeAsync<int>(cancellationToken: token).Take(3).ToListAsync(token);
        seen.Select(static x => x.Data).ShouldBe([1, 3, 5]);
        var source = seen[1].Headers!["Nats-Stream-Source"].ToString().Split(' ');
        source[0].ShouldStartWith(name);
        source[1].ShouldBe("3");
    }

    [Test]
    [Rule("ADR-22", "Implementation")]
    public async Task The_acknowledgement_of_a_publish_names_stream_and_sequence(CancellationToken token)
    {
        var ack = await PublishAsync("a", Patient, token);
        ack.IsSuccess().ShouldBeTrue();
        ack.Stream.ShouldBe(_stream.Info.Config.Name);
        ack.Seq.ShouldBe(1ul);
        ack.Domain.ShouldBe(Topology is Topology.OldestLeaf or Topology.NewestLeaf ? "hub" : null);
        (await PublishAsync("a", Patient, token)).Seq.ShouldBe(2ul);
    }

    [Test]
    [Rule("ADR-22", "Make Publish retry as needed until deadline")]
    public async Task A_publish_that_no_stream_takes_is_tried_until_one_does(CancellationToken token)
    {
        var name = UniqueName();
        var opts = new NatsJSPubOpts { RetryAttempts = -1, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(50) };
        var publishing = _js.PublishAsync($"{name}.a", 1, opts: opts, cancellationToken: token).AsTask();
        (await Task.WhenAny(publishing, Task.Delay(120, token))).ShouldNotBe(publishing);
        await _js.CreateStreamAsync(new StreamConfig(name, [$"{name}.>"]) { Storage = StreamConfigStorage.Memory }, token);
        (await publishing).Seq.ShouldBe(1ul);
    }

    private ValueTask<PubAckResponse> PublishAsync(string subject, NatsJSPubOpts opts, CancellationToken token) =>
        _js.PublishAsync($"{_stream.Info.Config.Name}.{subject}", 1, opts: opts, cancellationToken: token);
}
