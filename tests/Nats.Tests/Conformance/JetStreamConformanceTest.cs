using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>What rules about streams and consumers need besides.</summary>
public abstract class JetStreamConformanceTest(Topology topology) : ConformanceTest(topology)
{
    /// <summary>A stream that was made a moment ago may be unknown at the server of the client for another moment.</summary>
    protected static readonly NatsJSPubOpts Patient = new() { RetryAttempts = 100, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(25) };

    /// <summary>Publishes <paramref name="from"/> … on <c>{stream}.{i}</c> with <c>i</c> modulo <paramref name="subjects"/>.</summary>
    protected static async Task PublishNumbersAsync(INatsJSContext js, INatsJSStream stream, int count, CancellationToken token, int subjects = 1, int from = 1)
    {
        for (var i = from; i < from + count; i++)
        {
            (await js.PublishAsync($"{stream.Info.Config.Name}.{i % subjects}", i, opts: Patient, cancellationToken: token)).EnsureSuccess();
        }
    }

    /// <summary>A stream with the numbers 1 … <paramref name="count"/>, and a durable consumer "c" of it.</summary>
    protected async Task<(INatsJSContext Context, INatsJSStream Stream, INatsJSConsumer Consumer)> CreateConsumerAsync(
        int count,
        CancellationToken token,
        Func<ConsumerConfig, ConsumerConfig>? configure = null)
    {
        var js = JetStream();
        var stream = await CreateStreamAsync(js, token);
        await PublishNumbersAsync(js, stream, count, token);
        var config = new ConsumerConfig("c");
        return (js, stream, await CreateConsumerAsync(stream, configure is null ? config : configure(config), token));
    }

    /// <summary>The numbers that a consumer gives out.</summary>
    protected static async Task<List<int>> TakeAsync(IAsyncEnumerable<INatsJSMsg<int>> messages, CancellationToken token) =>
        await messages.Select(static x => x.Data).ToListAsync(token);

    /// <summary>See <see cref="ApiRequests"/>.</summary>
    private protected Task<ApiRequests> WatchApiAsync(CancellationToken token, string prefix = "$JS.API") => ApiRequests.WatchAsync(Here(), token, prefix);
}
