using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>What the features see of the storage. <see cref="StorageSetup"/> makes it.</summary>
internal sealed class HomeStorage(HomeLayout layout, IHomeLink link) : IHomeStorage
{
    private readonly TaskCompletionSource _identified = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, INatsKVStore> _buckets = [];
    private string? _bridgeId;
    private long _verified = -1;

    public HomeSubjects Subjects => layout.Subjects;

    public HomeNames Names => layout.Names;

    public INatsJSContext JetStream { get; } = new NatsJSContext(link.Home);

    public Task Identified => _identified.Task;

    public Task Ready => _ready.Task;

    public string BridgeId => _bridgeId ?? throw new InvalidOperationException("the home's identity is not known yet");

    public INatsKVStore Bucket(string name)
    {
        lock (_buckets)
        {
            return _buckets.TryGetValue(name, out var store)
                ? store
                : throw new InvalidOperationException($"there is no bucket {name}");
        }
    }

    public void Add(INatsKVStore bucket)
    {
        lock (_buckets)
        {
            _buckets[bucket.Bucket] = bucket;
        }
    }

    public void SetIdentified(string bridgeId)
    {
        _bridgeId = bridgeId;
        _identified.TrySetResult();
    }

    public void SetReady() => _ready.TrySetResult();

    public async ValueTask EnsureThisHomeAsync(CancellationToken cancellationToken)
    {
        // Before asking: an answer that comes after the next reconnect says nothing about that one.
        var generation = link.Generation;
        if (Interlocked.Read(ref _verified) == generation)
        {
            return;
        }

        if (await BridgeIdentity.FindAsync(Bucket(Names.BridgeBucket), cancellationToken) != BridgeId)
        {
            throw new NatsException("The store does not have this home's bridge id: nothing is read from it or written to it");
        }

        Interlocked.Exchange(ref _verified, generation);
    }
}
