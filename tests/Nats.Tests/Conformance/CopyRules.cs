using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The page on sources and mirrors: streams that are copied by servers.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class CopyRules(Topology topology) : ConformanceTest(topology)
{
    private static readonly NatsJSPubOpts Patient = new() { RetryAttempts = 100, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(20) };

    [Test]
    [Rule("Source and Mirror", "Mirror specific")]
    public async Task A_mirror_keeps_sequences_times_and_subjects_of_its_origin(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var mirror = await CopyAsync(x => x with { Mirror = Of(origin) }, 6, token);
        var request = new StreamMsgGetRequest { Seq = 3 };
        (await mirror.GetAsync(request, token)).Message.ShouldBe((await origin.GetAsync(request, token)).Message, Comparer);
        mirror.Info.Mirror!.Name.ShouldBe(origin.Info.Config.Name);
    }

    [Test]
    [Rule("Source and Mirror", "Mirror specific")]
    public async Task A_mirror_has_no_subjects_and_no_second_origin(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        await RefusedAsync(x => x with { Mirror = Of(origin), Subjects = [$"{x.Name}.>"] }, token);
        await RefusedAsync(x => x with { Mirror = Of(origin), Sources = [Of(origin)] }, token);
    }

    [Test]
    [Rule("Source and Mirror", "Source specific")]
    public async Task A_sourced_message_names_its_origin_and_its_sequence_there(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var copy = await CopyAsync(x => x with { Sources = [Of(origin) with { FilterSubject = $"{origin.Info.Config.Name}.1" }] }, 3, token);
        var seen = await ReadAsync(copy, 3, token);
        seen.Select(static x => x.Data).ShouldBe([1, 3, 5]);
        seen.Select(static x => x.Metadata!.Value.Sequence.Stream).ShouldBe([1ul, 2ul, 3ul], "with sequences of the copy's own");
        var source = seen[1].Headers!["Nats-Stream-Source"].ToString().Split(' ');
        source[0].ShouldStartWith(origin.Info.Config.Name!);
        source[1].ShouldBe("3");
    }

    [Test]
    [Rule("Source and Mirror", "Source specific")]
    public async Task Several_origins_and_messages_of_its_own_come_together_in_one_stream(CancellationToken token)
    {
        var (one, other) = (await FilledAsync(token), await FilledAsync(token));
        var copy = await CopyAsync(x => x with { Subjects = [$"{x.Name}.>"], Sources = [Of(one), Of(other)] }, 12, token);
        await PublishAsync($"{copy.Info.Config.Name}.own", 7, token);
        var seen = (await ReadAsync(copy, 13, token)).GroupBy(static x => x.Subject.Split('.')[0]).ToDictionary(static x => x.Key, static x => x.Select(static y => y.Data).ToList());
        seen[one.Info.Config.Name!].ShouldBe([1, 2, 3, 4, 5, 6], "each in its own order");
        seen[other.Info.Config.Name!].ShouldBe([1, 2, 3, 4, 5, 6]);
        seen[copy.Info.Config.Name!].ShouldBe([7]);
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
    public async Task What_is_deleted_in_the_origin_stays_in_the_copy_and_the_other_way_round(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var (one, other) = (await CopyAsync(x => x with { Mirror = Of(origin) }, 6, token), await CopyAsync(x => x with { Sources = [Of(origin)] }, 6, token));
        await other.PurgeAsync(new StreamPurgeRequest(), token);
        await origin.RefreshAsync(token);
        origin.Info.State.Messages.ShouldBe(6);
        await origin.PurgeAsync(new StreamPurgeRequest(), token);
        await PublishAsync($"{origin.Info.Config.Name}.0", 7, token);
        await UntilAsync(one, 7, token);
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

    private static IEqualityComparer<StoredMessage> Comparer { get; } =
        EqualityComparer<StoredMessage>.Create(static (a, b) => (a!.Subject, a.Seq, a.Time) == (b!.Subject, b.Seq, b.Time) && a.Data.Span.SequenceEqual(b.Data.Span));

    private static StreamSource Of(INatsJSStream origin) => new() { Name = origin.Info.Config.Name! };

    /// <summary>A stream with 1 to 6 on two subjects, .1 and .0 in turns.</summary>
    private async Task<INatsJSStream> FilledAsync(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token);
        for (var i = 1; i <= 6; i++)
        {
            await PublishAsync($"{stream.Info.Config.Name}.{i % 2}", i, token);
        }

        return stream;
    }

    private async Task PublishAsync(string subject, int number, CancellationToken token) => (await JetStream().PublishAsync(subject, number, opts: Patient, cancellationToken: token)).EnsureSuccess();

    private async Task<INatsJSStream> CopyAsync(Func<StreamConfig, StreamConfig> configure, int count, CancellationToken token, ulong last = 0)
    {
        var copy = await JetStream().CreateStreamAsync(configure(new StreamConfig { Name = UniqueName(), Storage = StreamConfigStorage.Memory }), token);
        await UntilAsync(copy, count, token, last);
        return copy;
    }

    private async Task RefusedAsync(Func<StreamConfig, StreamConfig> configure, CancellationToken token) =>
        (await Should.ThrowAsync<NatsJSApiException>(CopyAsync(configure, 0, token))).Error.Code.ShouldBeOneOf(400, 500);

    private static Task UntilAsync(INatsJSStream copy, int count, CancellationToken token, ulong last = 0) => Eventually.TrueAsync(
        async () =>
        {
            await copy.RefreshAsync(token);
            return copy.Info.State.Messages == count && copy.Info.State.LastSeq >= last;
        },
        $"the copy has {count} messages");

    private static async Task<List<INatsJSMsg<int>>> ReadAsync(INatsJSStream stream, int count, CancellationToken token) =>
        await (await stream.CreateOrderedConsumerAsync(cancellationToken: token)).ConsumeAsync<int>(cancellationToken: token).Take(count).ToListAsync(token);
}
