using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Nats.Bench.Soak;

/// <summary>Values put into a bucket, each again until it is acknowledged, and a watcher of another connection that must see them all in order.</summary>
public sealed class BucketSoakLane(NatsConnection writer, NatsConnection watcher) : SoakLane("KV put → watch")
{
    private const string Bucket = "soak";

    // So long a history that no value is replaced before a watcher that was away for seconds has seen it.
    private const int Keys = 64;
    private const int History = 64;

    private INatsKVStore? _store;
    private INatsKVStore? _watched;
    private ulong _lastRevision;

    public override bool IsAcknowledged => true;

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _store = await new NatsKVContext(new NatsJSContext(writer)).CreateStoreAsync(new NatsKVConfig(Bucket) { History = History }, cancellationToken);
        _watched = await new NatsKVContext(new NatsJSContext(watcher)).GetStoreAsync(Bucket, cancellationToken);
    }

    protected override async Task SendSomeAsync(CancellationToken cancellationToken)
    {
        var number = Acknowledged + 1;
        Sent = number;
        await _store!.PutAsync($"key.{number % Keys}", PayloadOf(number), cancellationToken: cancellationToken);
        Acknowledged = number;
    }

    protected override async Task ReceiveAllAsync(CancellationToken cancellationToken)
    {
        await foreach (var entry in _watched!.WatchAsync<byte[]>(cancellationToken: cancellationToken))
        {
            Arrived(entry.Value, mayRepeat: entry.Revision > _lastRevision);
            _lastRevision = Math.Max(_lastRevision, entry.Revision);
        }
    }
}
