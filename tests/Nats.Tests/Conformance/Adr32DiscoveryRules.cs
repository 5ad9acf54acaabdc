using System.Globalization;
using System.Text.Json.Nodes;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Services;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-32: what a service says of itself, and its errors.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr32DiscoveryRules(Topology topology) : ConformanceTest(topology)
{
    [TestCase("PING", "io.nats.micro.v1.ping_response")]
    [TestCase("INFO", "io.nats.micro.v1.info_response")]
    [TestCase("STATS", "io.nats.micro.v1.stats_response")]
    [Rule("ADR-32", "Discovery and Status")]
    public async Task A_service_answers_to_all_by_its_name_and_by_its_id_with_the_standard_fields(string verb, string type, CancellationToken token)
    {
        var (here, there, name) = (Here(), There(), UniqueName());
        var config = new NatsSvcConfig(name, "1.2.3") { Metadata = new() { ["room"] = "kitchen" } };
        await using var service = await new NatsSvcContext(there).AddServiceAsync(config, token);
        await UntilKnownAsync(there, here, token);
        var id = service.GetInfo().Id;
        var direct = await AskAsync(here, $"$SRV.{verb}.{name}.{id}", token);
        string[] standard = ["type", "name", "id", "version"];
        standard.Select(x => direct[x]!.GetValue<string>()).ShouldBe([type, name, id, "1.2.3"]);
        direct["metadata"]!.ToJsonString().ShouldBe("""{"room":"kitchen"}""");
        (await AskAsync(here, $"$SRV.{verb}.{name}", token))["id"]!.GetValue<string>().ShouldBe(id);

        // Services of other rules may answer too.
        await here.RequestManyAsync<string, string>($"$SRV.{verb}", string.Empty, cancellationToken: token)
            .FirstAsync(x => JsonNode.Parse(x.Data!)!["id"]!.GetValue<string>() == id, token);
    }

    [Test]
    [Rule("ADR-32", "Discovery and Status")]
    public async Task Every_instance_answers_discovery(CancellationToken token)
    {
        var (here, there, name) = (Here(), There(), UniqueName());
        await using var first = await new NatsSvcContext(there).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        await using var second = await new NatsSvcContext(there).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        await UntilKnownAsync(there, here, token);
        var opts = new NatsSubOpts { MaxMsgs = 2 };
        var answers = await here.RequestManyAsync<string, string>($"$SRV.PING.{name}", string.Empty, replyOpts: opts, cancellationToken: token).ToListAsync(token);
        answers.Select(static x => JsonNode.Parse(x.Data!)!["id"]!.GetValue<string>()).ShouldBe([first.GetInfo().Id, second.GetInfo().Id], ignoreOrder: true);
    }

    [Test]
    [Rule("ADR-32", "INFO")]
    public async Task INFO_describes_the_service_and_every_endpoint_that_it_has_by_now(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(new NatsSvcConfig(name, "1.0.0") { Description = "calculates" }, token);
        var before = await AskAsync(here, $"$SRV.INFO.{name}", token);
        before["description"]!.GetValue<string>().ShouldBe("calculates");
        before["endpoints"]!.AsArray().ShouldBeEmpty();
        before["metadata"]!.ToJsonString().ShouldBe("{}");
        await service.AddEndpointAsync<int>(Nothing, "zero", subject: $"{name}.zero", metadata: new Dictionary<string, string> { ["a"] = "b" }, cancellationToken: token);
        await (await service.AddGroupAsync(name, "blue", token)).AddEndpointAsync<int>(Nothing, "one", cancellationToken: token);
        (await AskAsync(here, $"$SRV.INFO.{name}", token))["endpoints"]!.ToJsonString().ShouldBe(
            $$$"""[{"name":"zero","subject":"{{{name}}}.zero","queue_group":"q","metadata":{"a":"b"}},{"name":"one","subject":"{{{name}}}.one","queue_group":"blue","metadata":{}}]""");
    }

    [Test]
    [Rule("ADR-32", "Design")]
    public async Task Metadata_stay_as_they_were_given(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        var (ofService, ofEndpoint) = (new Dictionary<string, string> { ["a"] = "b" }, new Dictionary<string, string> { ["c"] = "d" });
        await using var service = await new NatsSvcContext(here).AddServiceAsync(new NatsSvcConfig(name, "1.0.0") { Metadata = ofService }, token);
        await service.AddEndpointAsync<int>(Nothing, name, metadata: ofEndpoint, cancellationToken: token);
        ofService["a"] = ofEndpoint["c"] = "changed";
        var info = await AskAsync(here, $"$SRV.INFO.{name}", token);
        info["metadata"]!.ToJsonString().ShouldBe("""{"a":"b"}""");
        info["endpoints"]![0]!["metadata"]!.ToJsonString().ShouldBe("""{"c":"d"}""");
    }

    [Test]
    [Rule("ADR-32", "STATS")]
    public async Task STATS_begin_at_zero_and_say_since_when(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(Nothing, name, cancellationToken: token);
        var stats = await AskAsync(here, $"$SRV.STATS.{name}", token);
        stats["started"]!.GetValue<string>().ShouldEndWith("Z");
        DateTimeOffset.Parse(stats["started"]!.GetValue<string>(), CultureInfo.InvariantCulture).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        stats["endpoints"]!.ToJsonString().ShouldBe(
            $$"""[{"name":"{{name}}","subject":"{{name}}","queue_group":"q","num_requests":0,"num_errors":0,"last_error":"","processing_time":0,"average_processing_time":0}]""");
    }

    [Test]
    [Rule("ADR-32", "STATS")]
    public async Task STATS_count_requests_and_time_in_nanoseconds_with_a_truncated_average(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(
            static async m =>
            {
                await Task.Delay(2);
                await m.ReplyAsync(0);
            },
            name,
            cancellationToken: token);
        for (var i = 0; i < 3; i++)
        {
            await here.RequestAsync<int, int>(name, i, cancellationToken: token);
        }

        await Eventually.TrueAsync(() => service.GetStats().Endpoints.Single().NumRequests == 3, "three requests");
        var stats = (await AskAsync(here, $"$SRV.STATS.{name}", token))["endpoints"]![0]!;
        stats["num_requests"]!.GetValue<long>().ShouldBe(3);
        stats["processing_time"]!.GetValue<long>().ShouldBeGreaterThan(3_000_000);
        stats["average_processing_time"]!.GetValue<long>().ShouldBe(stats["processing_time"]!.GetValue<long>() / 3);
    }

    [Test]
    [Rule("ADR-32", "STATS")]
    public async Task STATS_carry_what_the_services_own_handler_says_of_an_endpoint_and_come_also_when_it_fails(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        var config = new NatsSvcConfig(name, "1.0.0") { StatsHandler = static endpoint => endpoint.Name == "good" ? JsonNode.Parse("""{"of":["good"]}""")! : throw new InvalidOperationException("x") };
        await using var service = await new NatsSvcContext(here).AddServiceAsync(config, token);
        await service.AddEndpointAsync<int>(Nothing, "good", subject: $"{name}.a", cancellationToken: token);
        await service.AddEndpointAsync<int>(Nothing, "bad", subject: $"{name}.b", cancellationToken: token);
        var endpoints = (await AskAsync(here, $"$SRV.STATS.{name}", token))["endpoints"]!;
        endpoints[0]!["data"]!.ToJsonString().ShouldBe("""{"of":["good"]}""");
        endpoints[1]!.AsObject().ContainsKey("data").ShouldBeFalse();
    }

    [Test]
    [Rule("ADR-32", "Error Handling")]
    public async Task An_error_is_told_in_two_headers_of_which_one_is_a_number(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(static m => Fail(m), name, cancellationToken: token);
        (await ErrorAsync(here, name, "1", token)).ShouldBe(("400", "one is wrong", string.Empty));
        (await ErrorAsync(here, name, "2", token)).ShouldBe(("404", "two is missing", "the body"));
        (await ErrorAsync(here, name, "3", token)).ShouldBe(("500", "Handler error", string.Empty));
        (await ErrorAsync(here, name, "4", token)).ShouldBe((string.Empty, string.Empty, "fine"));
        (await ErrorAsync(here, name, "x", token)).ShouldBe((string.Empty, string.Empty, "unreadable"));
        (await ErrorAsync(here, name, "5", token)).ShouldBe(("409", "two lines", "body"));
    }

    [Test]
    [Rule("ADR-32", "STATS")]
    public async Task STATS_count_errors_and_tell_the_last(CancellationToken token)
    {
        var (here, name) = (Here(), UniqueName());
        await using var service = await new NatsSvcContext(here).AddServiceAsync(name, "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(static m => Fail(m), name, cancellationToken: token);
        foreach (var request in (string[])["1", "4", "3", "x"])
        {
            await here.RequestAsync<string, string>(name, request, cancellationToken: token);
        }

        await Eventually.TrueAsync(() => service.GetStats().Endpoints.Single().NumRequests == 4, "four requests");
        var stats = (await AskAsync(here, $"$SRV.STATS.{name}", token))["endpoints"]![0]!;
        (stats["num_errors"]!.GetValue<long>(), stats["last_error"]!.GetValue<string>()).ShouldBe((2, "500:Handler error"));
    }

    private static ValueTask Nothing(NatsSvcMsg<int> request) => ValueTask.CompletedTask;

    private static ValueTask Fail(NatsSvcMsg<int> request) => request.Data switch
    {
        1 => request.ReplyErrorAsync(400, "one is wrong"),
        2 => throw new NatsSvcEndpointException(404, "two is missing", "the body"),
        3 => throw new InvalidOperationException("secret"),
        5 => request.ReplyErrorAsync(409, "two\r\nlines", "body"),
        _ => request.ReplyAsync(request.Exception is null ? "fine" : "unreadable"),
    };

    private static async Task<JsonObject> AskAsync(NatsConnection nats, string subject, CancellationToken token) =>
        JsonNode.Parse((await nats.RequestAsync<string, string>(subject, string.Empty, cancellationToken: token)).Data!)!.AsObject();

    private static async Task<(string Code, string Error, string Body)> ErrorAsync(NatsConnection nats, string subject, string request, CancellationToken token)
    {
        var reply = await nats.RequestAsync<string, string>(subject, request, cancellationToken: token);
        return (reply.Headers?["Nats-Service-Error-Code"].ToString() ?? string.Empty, reply.Headers?["Nats-Service-Error"].ToString() ?? string.Empty, reply.Data ?? string.Empty);
    }
}
