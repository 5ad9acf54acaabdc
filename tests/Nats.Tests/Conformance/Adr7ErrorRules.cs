using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-7: the errors of the JetStream API have a number of their own each.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Everywhere))]
[CancelAfter(45_000)]
public sealed class Adr7ErrorRules(Topology topology) : ConformanceTest(topology)
{
    [Test]
    [Rule("ADR-7", "Context")]
    public async Task Two_things_that_are_not_found_are_told_apart_by_the_number_not_by_the_words(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var noStream = await ErrorOfAsync(async () => await js.GetStreamAsync(UniqueName(), cancellationToken: token));
        var noConsumer = await ErrorOfAsync(async () => await js.GetConsumerAsync(stream.Info.Config.Name!, UniqueName(), token));
        (noStream.Code, noStream.ErrCode).ShouldBe((404, 10059));
        (noConsumer.Code, noConsumer.ErrCode).ShouldBe((404, 10014));
    }

    [Test]
    [Rule("ADR-7", "Design")]
    public async Task A_refused_request_fails_with_code_number_and_description(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var taken = await ErrorOfAsync(async () => await js.CreateStreamAsync(new StreamConfig(stream.Info.Config.Name!, ["other"]), token));
        (taken.Code, taken.ErrCode).ShouldBe((400, 10058));
        taken.Description.ShouldNotBeNullOrEmpty();
    }

    [Test]
    [Rule("ADR-7", "Design")]
    public async Task A_message_that_a_stream_refuses_fails_with_the_streams_error(CancellationToken token)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        var ack = await js.PublishAsync($"{stream.Info.Config.Name}.a", 1, opts: new NatsJSPubOpts { ExpectedLastSequence = 7 }, cancellationToken: token);
        (ack.Error?.Code, ack.Error?.ErrCode).ShouldBe((400, 10071));
        (await ErrorOfAsync(() => Task.Run(ack.EnsureSuccess, token))).ErrCode.ShouldBe(10071);
    }

    private static async Task<ApiError> ErrorOfAsync(Func<Task> request)
    {
        var exception = await Should.ThrowAsync<NatsJSApiException>(request);
        exception.Message.ShouldBe(exception.Error.Description);
        return exception.Error;
    }
}
