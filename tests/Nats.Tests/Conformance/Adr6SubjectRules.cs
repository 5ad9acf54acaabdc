using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-6: what a name may be is taken by every server.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr6SubjectRules(Topology topology) : ConformanceTest(topology)
{
    private static readonly string Printable = new([.. Enumerable.Range(33, 94).Select(static x => (char)x).Except(['.', '*', '>'])]);

    [Test]
    [Rule("ADR-6", "Specification")]
    public async Task A_token_may_have_every_printable_character_but_dot_and_wildcards(CancellationToken token)
    {
        var (here, there, name) = (Here(), There(), UniqueName());
        await using var sub = await there.SubscribeCoreAsync<int>($"{name}.{Printable}.*", cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await here.PublishAsync($"{name}.{Printable}.{Printable}", 1, cancellationToken: token);
        (await sub.Msgs.ReadAsync(token)).Subject.ShouldBe($"{name}.{Printable}.{Printable}");
    }

    [Test]
    [Rule("ADR-6", "Specification")]
    public async Task A_queue_group_may_have_every_printable_character_but_wildcards(CancellationToken token)
    {
        var (here, there, name) = (Here(), There(), UniqueName());
        await using var one = await there.SubscribeCoreAsync<int>(name, $"{Printable}.v1", cancellationToken: token);
        await using var two = await there.SubscribeCoreAsync<int>(name, $"{Printable}.v1", cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await here.PublishAsync(name, 1, cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        (one.Msgs.Count + two.Msgs.Count).ShouldBe(1);
    }
}
