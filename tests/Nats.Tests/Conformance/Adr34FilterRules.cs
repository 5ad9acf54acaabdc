using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-34: several filters of one consumer, with servers that know them.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.New))]
[CancelAfter(45_000)]
public sealed class Adr34FilterRules(Topology topology) : JetStreamConformanceTest(topology)
{
    [Test]
    [Rule("ADR-34", "Client side considerations")]
    public async Task A_consumer_delivers_what_one_of_its_filters_matches(CancellationToken token)
    {
        var (_, stream, name) = await CreateAsync(token);
        var consumer = await CreateConsumerAsync(stream, new ConsumerConfig("f") { FilterSubjects = [$"{name}.1", $"{name}.3"] }, token);
        consumer.Info.Config.FilterSubjects.ShouldBe([$"{name}.1", $"{name}.3"]);
        (await TakeAsync(consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 4 }, cancellationToken: token), token)).ShouldBe([1, 3, 5, 7]);
    }

    [Test]
    [Rule("ADR-34", "Client side considerations")]
    public async Task Filters_that_overlap_are_refused_with_their_error(CancellationToken token)
    {
        var (_, stream, name) = await CreateAsync(token);
        var config = new ConsumerConfig("f") { FilterSubjects = [$"{name}.>", $"{name}.1"] };
        (await Should.ThrowAsync<NatsJSApiException>(stream.CreateOrUpdateConsumerAsync(config, token).AsTask())).Error.ErrCode.ShouldBe(10138);
    }

    [Test]
    [Rule("ADR-34", "Client side considerations")]
    public async Task Filters_can_be_changed(CancellationToken token)
    {
        var (_, stream, name) = await CreateAsync(token);
        await CreateConsumerAsync(stream, new ConsumerConfig("f") { FilterSubjects = [$"{name}.1", $"{name}.3"] }, token);
        var consumer = await CreateConsumerAsync(stream, new ConsumerConfig("f") { FilterSubjects = [$"{name}.0", $"{name}.2"] }, token);
        (await TakeAsync(consumer.FetchAsync<int>(new NatsJSFetchOpts { MaxMsgs = 2 }, cancellationToken: token), token)).ShouldBe([2, 4]);
    }

    private async Task<(INatsJSContext Context, INatsJSStream Stream, string Name)> CreateAsync(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, 8, token, subjects: 4);
        return (js, stream, stream.Info.Config.Name!);
    }
}
