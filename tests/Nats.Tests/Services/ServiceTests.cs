using System.Text.Json.Nodes;
using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.Services;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Services;

/// <summary>ADR-32: services and their discovery.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(30_000)]
public sealed class ServiceTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    public async Task An_endpoint_answers_requests(CancellationToken token)
    {
        var nats = Connect();
        await using var service = await new NatsSvcContext(nats).AddServiceAsync("calc", "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data * 2, cancellationToken: token), "double", cancellationToken: token);
        (await nats.RequestAsync<int, int>("double", 21, cancellationToken: token)).Data.ShouldBe(42);
    }

    [Test]
    public async Task Groups_prefix_the_subjects_of_their_endpoints(CancellationToken token)
    {
        var nats = Connect();
        await using var service = await new NatsSvcContext(nats).AddServiceAsync("calc", "1.0.0", cancellationToken: token);
        var group = await (await service.AddGroupAsync("v1", cancellationToken: token)).AddGroupAsync("math", cancellationToken: token);
        await group.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data + 1, cancellationToken: token), "inc", subject: "increment", cancellationToken: token);
        (await nats.RequestAsync<int, int>("v1.math.increment", 1, cancellationToken: token)).Data.ShouldBe(2);
        var endpoint = service.GetInfo().Endpoints.Single();
        endpoint.Name.ShouldBe("inc");
        endpoint.Subject.ShouldBe("v1.math.increment");
        endpoint.QueueGroup.ShouldBe("q");
    }

    [TestCase("$SRV.{0}")]
    [TestCase("$SRV.{0}.calc")]
    [TestCase("$SRV.{0}.calc.{1}")]
    public async Task Discovery_answers_to_all_by_name_and_by_id(string pattern, CancellationToken token)
    {
        var nats = Connect();
        var config = new NatsSvcConfig("calc", "1.2.3") { Description = "calculates", Metadata = new() { ["room"] = "kitchen" } };
        await using var service = await new NatsSvcContext(nats).AddServiceAsync(config, token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(0, cancellationToken: token), "zero", metadata: new Dictionary<string, string> { ["a"] = "b" }, cancellationToken: token);
        var id = service.GetInfo().Id;
        var ping = await AskAsync("PING");
        ping["type"]!.GetValue<string>().ShouldBe("io.nats.micro.v1.ping_response");
        Common(ping);
        var info = await AskAsync("INFO");
        info["type"]!.GetValue<string>().ShouldBe("io.nats.micro.v1.info_response");
        Common(info);
        info["description"]!.GetValue<string>().ShouldBe("calculates");
        var endpoint = info["endpoints"]!.AsArray().Single()!;
        endpoint["name"]!.GetValue<string>().ShouldBe("zero");
        endpoint["subject"]!.GetValue<string>().ShouldBe("zero");
        endpoint["queue_group"]!.GetValue<string>().ShouldBe("q");
        endpoint["metadata"]!["a"]!.GetValue<string>().ShouldBe("b");
        var stats = await AskAsync("STATS");
        stats["type"]!.GetValue<string>().ShouldBe("io.nats.micro.v1.stats_response");
        Common(stats);
        DateTimeOffset.Parse(stats["started"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));

        async Task<JsonNode> AskAsync(string verb)
        {
            var subject = string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, verb, id);
            return JsonNode.Parse((await nats.RequestAsync<string, string>(subject, string.Empty, cancellationToken: token)).Data!)!;
        }

        void Common(JsonNode answer)
        {
            answer["name"]!.GetValue<string>().ShouldBe("calc");
            answer["id"]!.GetValue<string>().ShouldBe(id);
            answer["version"]!.GetValue<string>().ShouldBe("1.2.3");
            answer["metadata"]!["room"]!.GetValue<string>().ShouldBe("kitchen");
        }
    }

    [Test]
    public async Task Errors_are_headers_and_are_counted(CancellationToken token)
    {
        var nats = Connect();
        var config = new NatsSvcConfig("calc", "1.0.0") { StatsHandler = endpoint => JsonValue.Create($"of {endpoint.Name}") };
        await using var service = await new NatsSvcContext(nats).AddServiceAsync(config, token);
        await service.AddEndpointAsync<int>(
            async m =>
            {
                switch (m.Data)
                {
                    case 1:
                        await m.ReplyErrorAsync(400, "one is wrong", cancellationToken: token);
                        break;
                    case 2:
                        throw new NatsSvcEndpointException(404, "two is missing", "the body");
                    case 3:
                        throw new InvalidOperationException("secret");
                    default:
                        await m.ReplyAsync(m.Exception is null ? "fine" : "unreadable", cancellationToken: token);
                        break;
                }
            },
            "check",
            cancellationToken: token);
        (await AskAsync("1")).ShouldBe(("400", "one is wrong", null));
        (await AskAsync("2")).ShouldBe(("404", "two is missing", "the body"));
        (await AskAsync("3")).ShouldBe(("500", "Handler error", null));
        (await AskAsync("4")).ShouldBe((string.Empty, string.Empty, "fine"));
        (await AskAsync("x")).ShouldBe((string.Empty, string.Empty, "unreadable"));
        await Eventually.TrueAsync(() => service.GetStats().Endpoints.Single().NumRequests == 5, "five requests");
        var stats = service.GetStats().Endpoints.Single();
        stats.NumErrors.ShouldBe(3);
        stats.LastError.ShouldBe("500:Handler error");
        stats.Data!.GetValue<string>().ShouldBe("of check");
        stats.ProcessingTime.ShouldBeGreaterThan(0);
        stats.AverageProcessingTime.ShouldBe(stats.ProcessingTime / 5);

        async Task<(string, string, string?)> AskAsync(string request)
        {
            var reply = await nats.RequestAsync<string, string>("check", request, cancellationToken: token);
            var data = string.IsNullOrEmpty(reply.Data) ? null : reply.Data;
            return (reply.Headers?["Nats-Service-Error-Code"].ToString() ?? string.Empty, reply.Headers?["Nats-Service-Error"].ToString() ?? string.Empty, data);
        }
    }

    [Test]
    public async Task Of_two_instances_one_answers_a_request_and_both_answer_discovery(CancellationToken token)
    {
        var nats = Connect();
        var context = new NatsSvcContext(nats);
        await using var first = await context.AddServiceAsync("twin", "1.0.0", cancellationToken: token);
        await using var second = await context.AddServiceAsync("twin", "1.0.0", cancellationToken: token);
        foreach (var service in (INatsSvcServer[])[first, second])
        {
            await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(1, cancellationToken: token), "work", cancellationToken: token);
        }

        for (var i = 0; i < 20; i++)
        {
            await nats.RequestAsync<int, int>("work", i, cancellationToken: token);
        }

        await Eventually.TrueAsync(
            () => first.GetStats().Endpoints.Single().NumRequests + second.GetStats().Endpoints.Single().NumRequests == 20,
            "twenty requests in all");
        var answers = nats.RequestManyAsync<string, string>("$SRV.PING.twin", string.Empty, replyOpts: new NatsSubOpts { MaxMsgs = 2 }, cancellationToken: token);
        (await answers.ToListAsync(token)).Select(x => JsonNode.Parse(x.Data!)!["id"]!.GetValue<string>()).Distinct().Count().ShouldBe(2);
    }

    [Test]
    public async Task A_stopped_service_answers_nothing(CancellationToken token)
    {
        var nats = Connect();
        var service = await new NatsSvcContext(nats).AddServiceAsync("gone", "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(1, cancellationToken: token), "gone", cancellationToken: token);
        await service.StopAsync(token);
        await nats.PingAsync(token);
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<int, int>("gone", 1, cancellationToken: token).AsTask());
        await Should.ThrowAsync<NatsNoRespondersException>(nats.RequestAsync<string, string>("$SRV.PING.gone", string.Empty, cancellationToken: token).AsTask());
    }

    [Test]
    public async Task A_service_goes_on_after_a_restart_of_the_server(CancellationToken token)
    {
        var nats = Connect();
        await using var service = await new NatsSvcContext(nats).AddServiceAsync("stays", "1.0.0", cancellationToken: token);
        await service.AddEndpointAsync<int>(async m => await m.ReplyAsync(m.Data, cancellationToken: token), "stays", cancellationToken: token);
        await Server.RestartAsync(token);
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await nats.RequestAsync<int, int>("stays", 5, cancellationToken: token)).Data == 5;
                }
                catch (NatsException)
                {
                    return false;
                }
            },
            "the endpoint answers again");
        (await nats.RequestAsync<string, string>("$SRV.PING.stays", string.Empty, cancellationToken: token)).Data!.ShouldContain("stays");
    }

    [TestCase("with space", "1.0.0")]
    [TestCase("dot.ted", "1.0.0")]
    [TestCase("ok", "1.0")]
    [TestCase("ok", "01.0.0")]
    [TestCase("ok", "1.0.0\n")]
    public void A_name_or_version_that_cannot_be_is_refused(string name, string version) =>
        Should.Throw<ArgumentException>(() => new NatsSvcConfig(name, version));
}
