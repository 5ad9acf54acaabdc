using NATS.Client.JetStream;

namespace NATS.Client.KeyValueStore;

/// <summary>The buckets of one connection (ADR-8). Calls throw as those of <see cref="INatsJSContext"/>, and <see cref="NatsKVException"/> for names that cannot be.</summary>
public interface INatsKVContext
{
    /// <summary>The JetStream behind the buckets.</summary>
    INatsJSContext JetStreamContext { get; }

    /// <summary>Makes a bucket with one revision per key, or takes the one of that name and configuration.</summary>
    ValueTask<INatsKVStore> CreateStoreAsync(string bucket, CancellationToken cancellationToken = default);

    /// <summary>Makes a bucket, or takes the one of that name and configuration; refused when it has another.</summary>
    ValueTask<INatsKVStore> CreateStoreAsync(NatsKVConfig config, CancellationToken cancellationToken = default);

    /// <summary>A bucket that exists.</summary>
    ValueTask<INatsKVStore> GetStoreAsync(string bucket, CancellationToken cancellationToken = default);

    /// <summary>Changes a bucket.</summary>
    ValueTask<INatsKVStore> UpdateStoreAsync(NatsKVConfig config, CancellationToken cancellationToken = default);

    /// <summary>Makes a bucket, or changes the one of that name.</summary>
    ValueTask<INatsKVStore> CreateOrUpdateStoreAsync(NatsKVConfig config, CancellationToken cancellationToken = default);

    /// <summary>Deletes a bucket with all its keys.</summary>
    ValueTask<bool> DeleteStoreAsync(string bucket, CancellationToken cancellationToken = default);

    /// <summary>The names of all buckets.</summary>
    IAsyncEnumerable<string> GetBucketNamesAsync(CancellationToken cancellationToken = default);

    /// <summary>The state of all buckets.</summary>
    IAsyncEnumerable<NatsKVStatus> GetStatusesAsync(CancellationToken cancellationToken = default);
}
