using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-36: subjects that are renamed when a message is stored, mirrored or copied.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.New))]
[CancelAfter(45_000)]
public sealed class Adr36Rules(Topology topology) : ConformanceTest(topology)
{
    private static readonly NatsJSPubOpts Patient = new() { RetryAttempts = 100, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(20) };

    [Test]
    [Rule("ADR-36", "Features introduced")]
    public async Task A_stream_renames_what_matches_when_it_stores_it_and_leaves_the_rest(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token, static x => x with { SubjectTransform = new SubjectTransform { Src = $"{x.Name}.foo.*", Dest = $"{x.Name}.mapped.{{{{wildcard(1)}}}}" } });
        await PublishAsync($"{stream.Info.Config.Name}.foo.a", token);
        await PublishAsync($"{stream.Info.Config.Name}.bar.a", token);
        (await SubjectsAsync(stream, 2, token)).ShouldBe([$"{stream.Info.Config.Name}.mapped.a", $"{stream.Info.Config.Name}.bar.a"]);
    }

    [Test]
    [Rule("ADR-36", "Stream config structure changes")]
    public async Task A_source_with_several_transforms_takes_what_they_match_in_its_order_under_new_names(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var copy = await CopyAsync(x => x with { Sources = [new StreamSource { Name = origin, SubjectTransforms = [Transform(origin, "foo", "one"), Transform(origin, "bar", "two")] }] }, token);
        (await SubjectsAsync(copy, 3, token)).ShouldBe(["one", "two", "one"]);
    }

    [Test]
    [Rule("ADR-36", "Features introduced")]
    public async Task A_transform_without_a_destination_only_filters(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var copy = await CopyAsync(x => x with { Sources = [new StreamSource { Name = origin, SubjectTransforms = [Transform(origin, "foo", "one"), Transform(origin, "bar", string.Empty)] }] }, token);
        (await SubjectsAsync(copy, 3, token)).ShouldBe(["one", $"{origin}.bar", "one"]);
    }

    [Test]
    [Rule("ADR-36", "Features introduced")]
    public async Task A_mirror_renames_too(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var copy = await CopyAsync(x => x with { Mirror = new StreamSource { Name = origin, SubjectTransforms = [Transform(origin, "foo", "one")] } }, token);
        (await SubjectsAsync(copy, 2, token)).ShouldBe(["one", "one"]);
    }

    [Test]
    [Rule("ADR-36", "Features introduced")]
    public async Task A_stream_can_be_the_source_of_another_more_than_once(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var copy = await CopyAsync(
            x => x with
            {
                Sources =
                [
                    new StreamSource { Name = origin, SubjectTransforms = [Transform(origin, "foo", "one")] },
                    new StreamSource { Name = origin, SubjectTransforms = [Transform(origin, "foo", "again")] },
                ],
            },
            token);
        (await SubjectsAsync(copy, 4, token)).Order().ShouldBe(["again", "again", "one", "one"]);
    }

    [Test]
    [Rule("ADR-36", "Stream config structure changes")]
    public async Task A_source_with_a_filter_besides_its_transforms_is_refused(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var source = new StreamSource { Name = origin, FilterSubject = $"{origin}.foo", SubjectTransforms = [Transform(origin, "foo", "one")] };
        (await Should.ThrowAsync<NatsJSApiException>(CopyAsync(x => x with { Sources = [source] }, token))).Error.Code.ShouldBe(400);
    }

    [Test]
    [Rule("ADR-36", "Features introduced")]
    public async Task Filters_of_one_source_that_overlap_are_refused(CancellationToken token)
    {
        var origin = await FilledAsync(token);
        var source = new StreamSource { Name = origin, SubjectTransforms = [Transform(origin, "foo", "one"), Transform(origin, ">", string.Empty)] };
        (await Should.ThrowAsync<NatsJSApiException>(CopyAsync(x => x with { Sources = [source] }, token))).Error.Code.ShouldBe(400);
    }

    private static SubjectTransform Transform(string origin, string from, string to) => new() { Src = $"{origin}.{from}", Dest = to };

    /// <summary>A stream with foo, bar, foo and baz.</summary>
    private async Task<string> FilledAsync(CancellationToken token)
    {
        var name = (await CreateStreamAsync(JetStream(), token)).Info.Config.Name!;
        foreach (var subject in (string[])["foo", "bar", "foo", "baz"])
        {
            await PublishAsync($"{name}.{subject}", token);
        }

        return name;
    }

    private async Task PublishAsync(string subject, CancellationToken token) => (await JetStream().PublishAsync(subject, "v", opts: Patient, cancellationToken: token)).EnsureSuccess();

    private Task<INatsJSStream> CopyAsync(Func<StreamConfig, StreamConfig> configure, CancellationToken token) =>
        CreateStreamAsync(JetStream(), token, x => configure(x with { Subjects = null }));

    /// <summary>The subjects of so many messages, in their order.</summary>
    private static async Task<IReadOnlyList<string>> SubjectsAsync(INatsJSStream stream, int count, CancellationToken token)
    {
        await Eventually.TrueAsync(
            async () =>
            {
                await stream.RefreshAsync(token);
                return stream.Info.State.Messages >= count;
            },
            $"{count} messages are there");
        stream.Info.State.Messages.ShouldBe(count);
        var consumer = await stream.CreateOrderedConsumerAsync(cancellationToken: token);
        return await consumer.ConsumeAsync<string>(cancellationToken: token).Take(count).Select(static x => x.Subject).ToListAsync(token);
    }
}
