using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-4 between two clients.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr4HeaderRules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("ADR-4", "Case preserving")]
    public async Task Names_arrive_in_the_case_in_which_they_were_sent(CancellationToken token)
    {
        var headers = await SendAsync(new NatsHeaders { ["x-lower"] = "1", ["X-Upper"] = "2" }, token);
        headers.Keys.ShouldBe(["x-lower", "X-Upper"], ignoreOrder: true);
    }

    [Test]
    [Rule("ADR-4", "Multiple Header Values Serialization")]
    public async Task Several_values_of_a_name_arrive_each_by_itself_and_in_order(CancellationToken token)
    {
        var headers = await SendAsync(new NatsHeaders { ["many"] = new(["a", "b, c", ""]) }, token);
        headers["many"].ToArray().ShouldBe(["a", "b, c", ""]);
    }

    [Test]
    [Rule("ADR-4", "Context")]
    public async Task Values_arrive_whatever_characters_but_line_breaks_they_have(CancellationToken token)
    {
        var all = new string([.. Enumerable.Range(0x20, 0x5f).Select(static x => (char)x)]).Trim();
        (await SendAsync(new NatsHeaders { ["All"] = all, ["Wide"] = "ä€😀" }, token)).ShouldSatisfyAllConditions(
            headers => headers["All"].ToString().ShouldBe(all),
            static headers => headers["Wide"].ToString().ShouldBe("ä€😀"));
    }

    private async Task<NatsHeaders> SendAsync(NatsHeaders headers, CancellationToken token)
    {
        var (here, there, subject) = (Here(), There(), UniqueName());
        await using var subscription = await there.SubscribeCoreAsync<string>(subject, cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        await here.PublishAsync(subject, "payload", headers, cancellationToken: token);
        var received = await subscription.Msgs.ReadAsync(token);
        received.Data.ShouldBe("payload");
        return received.Headers.ShouldNotBeNull();
    }
}
