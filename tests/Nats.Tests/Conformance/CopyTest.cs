using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Streams with something in them, and their copies.</summary>
public abstract class CopyTest(Topology topology) : ConformanceTest(topology)
{
    private static readonly NatsJSPubOpts Patient = new() { RetryAttempts = 100, RetryWaitBetweenAttempts = TimeSpan.FromMilliseconds(20) };

    protected static StreamSource Of(INatsJSStream origin) => new() { Name = origin.Info.Config.Name! };

    /// <summary>A stream with 1 to 6 on two subjects, .1 and .0 in turns.</summary>
    protected async Task<INatsJSStream> FilledAsync(CancellationToken token)
    {
        var stream = await CreateStreamAsync(JetStream(), token);
        for (var i = 1; i <= 6; i++)
        {
            await PublishAsync($"{stream.Info.Config.Name}.{i % 2}", i, token);
        }

        return stream;
    }

    protected async Task PublishAsync(string subject, int number, CancellationToken token) => (await JetStream().PublishAsync(subject, number, opts: Patient, cancellationToken: token)).EnsureSuccess();

    protected async Task<INatsJSStream> CopyAsync(Func<StreamConfig, StreamConfig> configure, int count, CancellationToken token, ulong last = 0)
    {
        var copy = await CreateStreamAsync(JetStream(), token, x => configure(x with { Subjects = null }));
        await UntilAsync(copy, count, token, last);
        return copy;
    }

    protected static Task UntilAsync(INatsJSStream copy, int count, CancellationToken token, ulong last = 0) => Eventually.TrueAsync(
        async () =>
        {
            await copy.RefreshAsync(token);
            return copy.Info.State.Messages == count && copy.Info.State.LastSeq >= last;
        },
        $"the copy has {count} messages");

    protected static async Task<List<INatsJSMsg<int>>> ReadAsync(INatsJSStream stream, int count, CancellationToken token) =>
        await (await stream.CreateOrderedConsumerAsync(cancellationToken: token)).ConsumeAsync<int>(cancellationToken: token).Take(count).ToListAsync(token);
}
