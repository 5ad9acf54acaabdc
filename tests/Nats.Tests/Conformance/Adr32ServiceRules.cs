using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Services;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>
/// ADR-32: endpoints, groups, queue groups. As in the official library there is no reset of figures, no other prefix than $SRV and no callback for the end of a service; those are left out.
/// </summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr32ServiceRules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("ADR-32", "Endpoints")]
    public async Task An_endpoint_takes_requests_on_its_subject_or_else_on_its_name(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data * 2, cancellationToken: token), $"{name}-double", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data + 1, cancellationToken: token), "inc", subject: $"{name}.increment.*", cancellationToken: token);
        (await here.RequestAsync<int, int>($"{name}-double", 21, cancellationToken: token)).Data.ShouldBe(42);
        (await here.RequestAsync<int, int>($"{name}.increment.x", 1, cancellationToken: token)).Data.ShouldBe(2);
    }

    [Test]
    [Rule("ADR-32", "Endpoints")]
    public async Task Several_endpoints_may_have_one_name(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(1, cancellationToken: token), "same", subject: $"{name}.a", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(2, cancellationToken: token), "same", subject: $"{name}.b", cancellationToken: token);
        (await here.RequestAsync<int, int>($"{name}.a", 0, cancellationToken: token)).Data.ShouldBe(1);
        (await here.RequestAsync<int, int>($"{name}.b", 0, cancellationToken: token)).Data.ShouldBe(2);
        service.GetInfo().Endpoints.Select(static x => x.Name).ShouldBe(["same", "same"]);
    }

    [Test]
    [Rule("ADR-32", "Groups")]
    public async Task A_group_prefixes_the_subjects_of_its_endpoints_and_its_groups(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        var group = await (await service.AddGroupAsync(name, cancellationToken: token)).AddGroupAsync("*.math", cancellationToken: token);
        await group.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data + 1, cancellationToken: token), "inc", subject: "increment", cancellationToken: token);
        await group.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data - 1, cancellationToken: token), "dec", cancellationToken: token);
        (await here.RequestAsync<int, int>($"{name}.v1.math.increment", 1, cancellationToken: token)).Data.ShouldBe(2);
        (await here.RequestAsync<int, int>($"{name}.v2.math.dec", 1, cancellationToken: token)).Data.ShouldBe(0);
    }

    [Test]
    [Rule("ADR-32", "Groups")]
    public async Task A_group_may_be_without_a_name_but_not_with_the_full_wildcard(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        var none = await service.AddGroupAsync(string.Empty, cancellationToken: token);
        await none.AddEndpointAsync<int>(async m => await m.ReplyAsync(1, cancellationToken: token), name, cancellationToken: token);
        await (await none.AddGroupAsync($"{name}.inner", cancellationToken: token)).AddEndpointAsync<int>(async m => await m.ReplyAsync(2, cancellationToken: token), "x", cancellationToken: token);
        (await here.RequestAsync<int, int>(name, 0, cancellationToken: token)).Data.ShouldBe(1);
        (await here.RequestAsync<int, int>($"{name}.inner.x", 0, cancellationToken: token)).Data.ShouldBe(2);
        foreach (var bad in (string[])[">", "a.>", "a b", "a..b", ".a", "a*"])
        {
            await Should.ThrowAsync<ArgumentException>(async () => await service.AddGroupAsync(bad, cancellationToken: token), bad);
        }
    }

    [Test]
    [Rule("ADR-32", "Request Handling")]
    public async Task Of_the_instances_of_a_service_one_gets_a_request(CancellationToken token)
    {
        var (here, there, name) = (Here(), There(), UniqueName());
        var config = new NatsSvcConfig(name, "1.0.0");
        INatsSvcServer[] services = [await CounterAsync(there, name, config, token), await CounterAsync(there, name, config, token)];
        await UntilKnownAsync(there, here, token);
        for (var i = 0; i < 20; i++)
        {
            await here.RequestAsync<int, int>(name, i, cancellationToken: token);
        }

        (await TotalAsync(services, 20)).ShouldBe(20);
    }

    [Test]
    [Rule("ADR-32", "Request Handling")]
    public async Task Instances_of_different_queue_groups_get_each_request_both(CancellationToken token)
    {
        var (here, there, name) = (Here(), There(), UniqueName());
        var config = new NatsSvcConfig(name, "1.0.0");
        INatsSvcServer[] services = [await CounterAsync(there, name, config with { QueueGroup = "one" }, token), await CounterAsync(there, name, config with { QueueGroup = "two" }, token)];
        await UntilKnownAsync(there, here, token);
        await RepliesAsync(here, name, 2, token);
        (await TotalAsync(services, 2)).ShouldBe(2);
    }

    [Test]
    [Rule("ADR-32", "Endpoints")]
    public async Task Without_a_queue_group_each_instance_gets_each_request(CancellationToken token)
    {
        var (here, there, name) = (Here(), There(), UniqueName());
        var config = new NatsSvcConfig(name, "1.0.0") { UseQueueGroup = false };
        INatsSvcServer[] services = [await CounterAsync(there, name, config, token), await CounterAsync(there, name, config, token)];
        await UntilKnownAsync(there, here, token);
        await RepliesAsync(here, name, 2, token);
        (await TotalAsync(services, 2)).ShouldBe(2);
        services[0].GetInfo().Endpoints.Single().QueueGroup.ShouldBeEmpty();
    }

    [Test]
    [Rule("ADR-32", "Groups")]
    public async Task The_queue_group_is_the_endpoints_or_the_groups_or_the_services_or_q(CancellationToken token)
    {
        var here = Here();
        await using var plain = await new NatsSvcContext(here).AddServiceAsync(UniqueName(), "1.0.0", cancellationToken: token);
        await plain.AddEndpointAsync<int>(Nothing, UniqueName(), cancellationToken: token);
        plain.GetInfo().Endpoints.Single().QueueGroup.ShouldBe("q");
        await using var service = await new NatsSvcContext(here).AddServiceAsync(new NatsSvcConfig(UniqueName(), "1.0.0") { QueueGroup = "service" }, token);
        var (group, inner) = (await service.AddGroupAsync(UniqueName(), "group", token), await service.AddGroupAsync(UniqueName(), cancellationToken: token));
        var below = await group.AddGroupAsync("below", cancellationToken: token);
        await service.AddEndpointAsync<int>(Nothing, UniqueName(), cancellationToken: token);
        await service.AddEndpointAsync<int>(Nothing, UniqueName(), queueGroup: "endpoint", cancellationToken: token);
        await group.AddEndpointAsync<int>(Nothing, "a", cancellationToken: token);
        await group.AddEndpointAsync<int>(Nothing, "b", queueGroup: "endpoint", cancellationToken: token);
        await below.AddEndpointAsync<int>(Nothing, "c", cancellationToken: token);
        await inner.AddEndpointAsync<int>(Nothing, "d", cancellationToken: token);
        service.GetInfo().Endpoints.Select(static x => x.QueueGroup).ShouldBe(["service", "endpoint", "group", "endpoint", "group", "service"]);
        service.GetStats().Endpoints.Select(static x => x.QueueGroup).ShouldBe(["service", "endpoint", "group", "endpoint", "group", "service"]);
    }

    [Test]
    [Rule("ADR-32", "Design")]
    public async Task A_service_that_is_stopped_answers_first_what_the_server_had_sent_it_and_then_nothing(CancellationToken token)
    {
        var (here, there, name) = (Here(), There(), UniqueName());
        var service = await CounterAsync(there, name, new NatsSvcConfig(name, "1.0.0"), token);
        await UntilKnownAsync(there, here, token);
        var opts = new NatsSubOpts { MaxMsgs = 200, Timeout = TimeSpan.FromSeconds(20) };
        await using var answers = await here.SubscribeCoreAsync<int>($"{name}.answers", opts: opts, cancellationToken: token);
        await UntilKnownAsync(here, there, token);
        for (var i = 0; i < 200; i++)
        {
            await here.PublishAsync(name, i, replyTo: $"{name}.answers", cancellationToken: token);
        }

        // What was published before is at the other server once a later message is.
        await UntilKnownAsync(there, here, token);
        await service.StopAsync(token);
        (await answers.Msgs.ReadAllAsync(token).Select(static x => x.Data).ToListAsync(token)).ShouldBe(Enumerable.Range(0, 200));
        await there.PingAsync(token);
        await Should.ThrowAsync<NatsNoRespondersException>(there.RequestAsync<int, int>(name, 1, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsNoRespondersException>(there.RequestAsync<string, string>($"$SRV.PING.{name}", string.Empty, cancellationToken: token).AsTask());
    }

    [Test]
    [Rule("ADR-32", "Design")]
    public async Task Several_services_live_on_one_connection_and_one_ends_without_the_other(CancellationToken token)
    {
        var (here, one, two) = (Here(), UniqueName(), UniqueName());
        var (first, second) = (await CounterAsync(here, one, new NatsSvcConfig(one, "1.0.0"), token), await CounterAsync(here, two, new NatsSvcConfig(two, "1.0.0"), token));
        await first.StopAsync(token);
        await Should.ThrowAsync<NatsNoRespondersException>(here.RequestAsync<int, int>(one, 1, cancellationToken: token).AsTask());
        (await here.RequestAsync<int, int>(two, 7, cancellationToken: token)).Data.ShouldBe(7);
        first.GetInfo().Id.ShouldNotBe(second.GetInfo().Id);
    }

    private static ValueTask Nothing(NatsSvcMsg<int> request) => ValueTask.CompletedTask;

    /// <summary>A service whose one endpoint, on the service's name, sends back what it gets. It ends with its connection.</summary>
    private static async ValueTask<INatsSvcServer> CounterAsync(NatsConnection nats, string name, NatsSvcConfig config, CancellationToken token)
    {
        var service = await new NatsSvcContext(nats).AddServiceAsync(config, token);
        await service.AddEndpointAsync<int>(static async m => await m.ReplyAsync(m.Data), name, cancellationToken: token);
        return service;
    }

    private static async Task RepliesAsync(NatsConnection nats, string subject, int count, CancellationToken token)
    {
        var opts = new NatsSubOpts { MaxMsgs = count, Timeout = TimeSpan.FromSeconds(20) };
        (await nats.RequestManyAsync<int, int>(subject, 1, replyOpts: opts, cancellationToken: token).CountAsync(token)).ShouldBe(count);
    }

    private static async Task<long> TotalAsync(INatsSvcServer[] services, long expected)
    {
        long Total() => services.Sum(static x => x.GetStats().Endpoints.Sum(static y => y.NumRequests));
        await Eventually.TrueAsync(() => Total() >= expected, "all requests are counted");
        return Total();
    }
}
