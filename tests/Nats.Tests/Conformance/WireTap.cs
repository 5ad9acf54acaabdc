using NATS.Client.Core;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>What a client sends, seen by a plain subscription of another connection to the same server: subjects, headers and bodies as they go over the line.</summary>
internal sealed class WireTap : IAsyncDisposable
{
    private readonly NatsConnection _observer;
    private readonly INatsSub<string> _subscription;

    private WireTap(NatsConnection observer, INatsSub<string> subscription)
    {
        _observer = observer;
        _subscription = subscription;
    }

    public static async Task<WireTap> OpenAsync(NatsConnection observer, string subject, CancellationToken token)
    {
        var tap = new WireTap(observer, await observer.SubscribeCoreAsync<string>(subject, cancellationToken: token));
        await observer.PingAsync(token);
        return tap;
    }

    /// <summary>The next message; waits for it.</summary>
    public ValueTask<NatsMsg<string>> NextAsync(CancellationToken token) => _subscription.Msgs.ReadAsync(token);

    /// <summary>What has passed since the last call. The server answers a ping after what it delivered before, so what was acknowledged to the client is in it.</summary>
    public async Task<IReadOnlyList<NatsMsg<string>>> PassedAsync(CancellationToken token)
    {
        await _observer.PingAsync(token);
        var passed = new List<NatsMsg<string>>();
        while (_subscription.Msgs.TryRead(out var message))
        {
            passed.Add(message);
        }

        return passed;
    }

    public ValueTask DisposeAsync() => _subscription.DisposeAsync();
}
