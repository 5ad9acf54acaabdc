using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The page on sources and mirrors: streams that are copied by servers.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class CopyRules(Topology topology) : CopyTest(topology)
{
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

    private static IEqualityComparer<StoredMessage> Comparer { get; } =
        EqualityComparer<StoredMessage>.Create(static (a, b) => (a!.Subject, a.Seq, a.Time) == (b!.Subject, b.Seq, b.Time) && a.Data.Span.SequenceEqual(b.Data.Span));
}
