using HaNatsBridge.Nats.Tests.Core;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NATS.Client.JetStream;

namespace HaNatsBridge.Nats.Tests.JetStream;

/// <summary>One server with JetStream for the tests of a fixture; every test has streams of its own.</summary>
public abstract class JetStreamTest(NatsServerVersion version) : CoreTest(version)
{
    private int _names;

    protected override NatsServerOptions ServerOptions => new() { Version = Version, JetStream = true };

    protected bool IsOldest => Version == NatsServerVersion.Oldest;

    /// <summary>A name that no other test of the fixture has.</summary>
    protected string UniqueName() => $"S{Interlocked.Increment(ref _names)}_{Nuid.NewNuid()[..6]}";

    protected NatsJSContext JetStream(Func<NatsOpts, NatsOpts>? configure = null) => new(Connect(configure));

    /// <summary>A stream in memory with the subjects <c>{name}.&gt;</c>.</summary>
    protected async Task<INatsJSStream> CreateStreamAsync(INatsJSContext js, CancellationToken token, Func<StreamConfig, StreamConfig>? configure = null)
    {
        var name = UniqueName();
        var config = new StreamConfig(name, [$"{name}.>"]) { Storage = StreamConfigStorage.Memory };
        return await js.CreateStreamAsync(configure is null ? config : configure(config), token);
    }

    /// <summary>Asks again while the server does not answer: for whoever has so short a time for a request that a busy machine may exceed it.</summary>
    protected static Task<T> SurelyAsync<T>(Func<ValueTask<T>> ask) => Eventually.AnswerAsync<T, NatsException>(ask, "the server answers");

    /// <summary>Publishes 1 … <paramref name="count"/> on <c>{stream}.{i}</c> with <c>i</c> modulo <paramref name="subjects"/>.</summary>
    protected static async Task PublishNumbersAsync(INatsJSContext js, INatsJSStream stream, int count, CancellationToken token, int subjects = 1, int from = 1)
    {
        for (var i = from; i < from + count; i++)
        {
            (await js.PublishAsync($"{stream.Info.Config.Name}.{i % subjects}", i, cancellationToken: token)).EnsureSuccess();
        }
    }
}
