using System.Collections.Concurrent;
using NATS.Client.Core;

namespace HaNatsBridge.Devices.Internal;

/// <summary>A subscription and its owner: the client itself holds it by a weak reference only.</summary>
internal sealed class Subscription : IAsyncDisposable
{
    private readonly INatsSub<byte[]> _subscription;
    private readonly ConcurrentDictionary<Subscription, bool> _all;

    public Subscription(INatsSub<byte[]> subscription, ConcurrentDictionary<Subscription, bool> all)
    {
        (_subscription, _all) = (subscription, all);
        all[this] = true;
    }

    public async Task ReadAsync(Action<NatsMsg<byte[]>> take, CancellationToken cancellationToken)
    {
        await foreach (var message in _subscription.Msgs.ReadAllAsync(cancellationToken))
        {
            take(message);
        }
    }

    public ValueTask DisposeAsync()
    {
        _all.TryRemove(this, out _);
        return _subscription.DisposeAsync();
    }
}
