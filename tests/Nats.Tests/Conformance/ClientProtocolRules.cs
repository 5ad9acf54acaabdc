using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>The client protocol, with real servers.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class ClientProtocolRules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("Client Protocol", "SUB")]
    public async Task A_wildcard_takes_what_it_matches_and_nothing_else(CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var one = await there.SubscribeCoreAsync<int>($"{subject}.*", cancellationToken: token);
        await using var all = await there.SubscribeCoreAsync<int>($"{subject}.>", cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await here.PublishAsync($"{subject}.a.b", 1, cancellationToken: token);
        await here.PublishAsync($"{subject}.a", 2, cancellationToken: token);
        (await one.Msgs.ReadAsync(token)).Data.ShouldBe(2);
        (await all.Msgs.ReadAsync(token)).Data.ShouldBe(1);
        (await all.Msgs.ReadAsync(token)).Data.ShouldBe(2);
    }
}
