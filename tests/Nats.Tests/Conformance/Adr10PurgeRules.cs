using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-10: what a purge removes. The stream holds 1 … 10, the even ones on one subject, the odd ones on another.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr10PurgeRules(Topology topology) : JetStreamConformanceTest(topology)
{
    [Test]
    [Rule("ADR-10", "Options")]
    public Task Without_options_all_messages_go(CancellationToken token) => ShouldLeaveAsync([], static _ => new StreamPurgeRequest(), token);

    [Test]
    [Rule("ADR-10", "Options")]
    public Task With_a_sequence_all_before_it_go(CancellationToken token) => ShouldLeaveAsync([7, 8, 9, 10], static _ => new StreamPurgeRequest { Seq = 7 }, token);

    [Test]
    [Rule("ADR-10", "Options")]
    public Task With_a_number_to_keep_so_many_stay(CancellationToken token) => ShouldLeaveAsync([8, 9, 10], static _ => new StreamPurgeRequest { Keep = 3 }, token);

    [Test]
    [Rule("ADR-10", "Options")]
    public Task With_more_to_keep_than_there_are_nothing_goes(CancellationToken token) =>
        ShouldLeaveAsync(Enumerable.Range(1, 10), static _ => new StreamPurgeRequest { Keep = 30 }, token);

    [Test]
    [Rule("ADR-10", "Options")]
    public Task With_a_filter_only_what_it_matches_goes(CancellationToken token) => ShouldLeaveAsync([1, 3, 5, 7, 9], static x => new StreamPurgeRequest { Filter = $"{x}.0" }, token);

    [Test]
    [Rule("ADR-10", "Options")]
    public Task A_filter_may_have_wildcards(CancellationToken token) => ShouldLeaveAsync([], static x => new StreamPurgeRequest { Filter = $"{x}.*" }, token);

    [Test]
    [Rule("ADR-10", "Options")]
    public Task With_filter_and_sequence_what_matches_before_it_goes(CancellationToken token) =>
        ShouldLeaveAsync([1, 3, 5, 6, 7, 8, 9, 10], static x => new StreamPurgeRequest { Filter = $"{x}.0", Seq = 6 }, token);

    [Test]
    [Rule("ADR-10", "Options")]
    public Task With_filter_and_number_so_many_of_what_matches_stay(CancellationToken token) =>
        ShouldLeaveAsync([1, 3, 5, 7, 8, 9, 10], static x => new StreamPurgeRequest { Filter = $"{x}.0", Keep = 2 }, token);

    [Test]
    [Rule("ADR-10", "Options")]
    public async Task Sequence_and_number_to_keep_exclude_each_other(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token);
        var refused = await Should.ThrowAsync<NatsJSApiException>(stream.PurgeAsync(new StreamPurgeRequest { Seq = 2, Keep = 1 }, token).AsTask());
        refused.Error.Code.ShouldBe(400);
    }

    private async Task ShouldLeaveAsync(IEnumerable<int> left, Func<string, StreamPurgeRequest> request, CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 10, token, subjects: 2);
        var answer = await stream.PurgeAsync(request(stream.Info.Config.Name!), token);
        answer.Success.ShouldBeTrue();
        var expected = left.ToList();
        answer.Purged.ShouldBe((ulong)(10 - expected.Count));
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        (await TakeAsync(consumer.FetchNoWaitAsync<int>(new NatsJSFetchOpts { MaxMsgs = 20 }, cancellationToken: token), token)).ShouldBe(expected);
        await stream.RefreshAsync(token);
        stream.Info.State.LastSeq.ShouldBe(10ul, "sequences go on");
    }
}
