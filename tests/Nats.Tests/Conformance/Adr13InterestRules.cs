using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-13: where other servers would have to be told first.</summary>
[TestFixtureSource(typeof(Topologies), nameof(Topologies.Alone))]
[CancelAfter(45_000)]
public sealed class Adr13InterestRules(Topology topology) : JetStreamConformanceTest(topology)
{
    /// <summary>Otherwise the server would send the message to somebody who does not listen, and it would come only after the wait for its acknowledgement.</summary>
    [Test]
    [Rule("ADR-13", "Pull(n)")]
    public async Task A_pull_that_is_given_up_takes_no_message_with_it(CancellationToken token)
    {
        var (js, stream, consumer) = await CreateConsumerAsync(0, token);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        var given = consumer.NextAsync<int>(cancellationToken: stop.Token).AsTask();
        await UntilWaitingAsync(consumer, 1, token);
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(given);
        await js.Connection.PingAsync(token);
        await PublishNumbersAsync(js, stream, 1, token);
        (await consumer.NextAsync<int>(cancellationToken: token))!.Metadata!.Value.NumDelivered.ShouldBe(1ul);
    }

    private static Task UntilWaitingAsync(INatsJSConsumer consumer, int pulls, CancellationToken token) => Eventually.TrueAsync(
        async () =>
        {
            await consumer.RefreshAsync(token);
            return consumer.Info.NumWaiting == pulls;
        },
        $"{pulls} pulls wait");
}
