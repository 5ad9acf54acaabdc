using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-34: how filters are sent, and what the client says of a server that ignores them.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr34FilterWireRules(Topology topology) : JetStreamConformanceTest(topology)
{
    [Test]
    [Rule("ADR-34", "Client side considerations")]
    public async Task Several_filters_are_a_list_in_the_request_and_not_part_of_its_subject(CancellationToken token)
    {
        var (request, name) = await RequestedAsync(static (x, name) => x with { FilterSubjects = [$"{name}.1", $"{name}.3"] }, token);
        request.Api.ShouldBe($"CONSUMER.CREATE.{name}.f");
        request.Json.GetProperty("config").GetProperty("filter_subjects").EnumerateArray().Select(static x => x.GetString()).ShouldBe([$"{name}.1", $"{name}.3"]);
        request.Json.GetProperty("config").TryGetProperty("filter_subject", out _).ShouldBeFalse();
    }

    [Test]
    [Rule("Consumers", "FilterSubjects")]
    public async Task A_single_filter_is_part_of_the_subject_so_that_rights_can_restrict_it(CancellationToken token)
    {
        var (request, name) = await RequestedAsync(static (x, name) => x with { FilterSubject = $"{name}.1" }, token);
        request.Api.ShouldBe($"CONSUMER.CREATE.{name}.f.{name}.1");
        request.Json.GetProperty("config").GetProperty("filter_subject").GetString().ShouldBe($"{name}.1");
    }

    [Test]
    [Rule("Consumers", "FilterSubjects")]
    public async Task One_filter_and_several_exclude_each_other(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token);
        var config = new ConsumerConfig("f") { FilterSubject = "a", FilterSubjects = ["b"] };
        await Should.ThrowAsync<ArgumentException>(async () => await stream.CreateOrUpdateConsumerAsync(config, token));
    }

    [Test]
    [Rule("ADR-34", "Client side considerations")]
    public async Task The_client_looks_at_the_answer_whether_the_filters_were_taken(CancellationToken token)
    {
        using var log = new RecordedLog();
        var stream = await CreateStreamAsync(JetStream(x => x with { LoggerFactory = log }), token);
        var name = stream.Info.Config.Name;
        await stream.CreateOrUpdateConsumerAsync(new ConsumerConfig("c") { FilterSubjects = [$"{name}.a", $"{name}.b"], MaxDeliver = 3 }, token);
        log.NotTaken.ShouldBe(IsOldest ? ["filter_subjects"] : []);
    }

    private async Task<(ApiRequest Request, string Name)> RequestedAsync(Func<ConsumerConfig, string, ConsumerConfig> configure, CancellationToken token)
    {
        await using var requests = await WatchApiAsync(token);
        var stream = await CreateStreamAsync(JetStream(), token);
        var name = stream.Info.Config.Name!;
        await stream.CreateOrUpdateConsumerAsync(configure(new ConsumerConfig("f"), name), token);
        return (await requests.NextAsync(token, "CONSUMER."), name);
    }
}
