using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The page on sources and mirrors: what can be said of a copy.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class CopyOptionRules(Topology topology) : CopyTest(topology)
{
    [Test]
    [Rule("Source and Mirror", "Mirror specific")]
    public async Task A_mirror_has_no_subjects_and_no_second_origin(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        await RefusedAsync(x => x with { Mirror = Of(origin), Subjects = [$"{x.Name}.>"] }, token);
        await RefusedAsync(x => x with { Mirror = Of(origin), Sources = [Of(origin)] }, token);
    }

    [Test]
    [Rule("Source and Mirror", "Source and Mirror")]
    public async Task A_copy_can_begin_with_a_sequence_of_its_origin(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var copy = await CopyAsync(x => x with { Mirror = Of(origin) with { OptStartSeq = 5 } }, 2, token);
        (await ReadAsync(copy, 2, token)).Select(static x => x.Data).ShouldBe([5, 6]);
    }

    [Test]
    [Rule("Source and Mirror", "Source and Mirror")]
    public async Task A_copy_can_begin_with_a_time_of_its_origin(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var time = (await origin.GetAsync(new StreamMsgGetRequest { Seq = 4 }, token)).Message.Time;
        var copy = await CopyAsync(x => x with { Sources = [Of(origin) with { OptStartTime = time.AddTicks(1) }] }, 2, token);
        (await ReadAsync(copy, 2, token)).Select(static x => x.Data).ShouldBe([5, 6]);
    }

    [Test]
    [Rule("Source and Mirror", "Source and Mirror")]
    public async Task A_copy_has_limits_and_storage_of_its_own(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var copy = await CopyAsync(x => x with { Sources = [Of(origin)], MaxMsgs = 2, Storage = StreamConfigStorage.File }, 2, token, last: 6);
        (await ReadAsync(copy, 2, token)).Select(static x => x.Data).ShouldBe([5, 6]);
    }

    [Test]
    [Rule("Source and Mirror", "Expected behavior in edge conditions")]
    public async Task A_copy_leaves_no_consumer_to_be_seen_in_its_origin(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        await CopyAsync(x => x with { Sources = [Of(origin)] }, 6, token);
        (await origin.ListConsumerNamesAsync(token).ToListAsync(token)).ShouldBeEmpty();
    }

    private async Task RefusedAsync(Func<StreamConfig, StreamConfig> configure, CancellationToken token) =>
        (await Should.ThrowAsync<NatsJSApiException>(CopyAsync(configure, 0, token))).Error.Code.ShouldBeOneOf(400, 500);
}
