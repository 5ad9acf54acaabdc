using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>Rules about buckets.</summary>
public abstract class BucketRules(Topology topology) : ConformanceTest(topology)
{
    /// <summary>A bucket in memory that is reached: in a cluster it may lie on another server, whose interest is known here a moment after its making.</summary>
    protected async Task<INatsKVStore> OpenBucketAsync(CancellationToken token, Func<NatsKVConfig, NatsKVConfig>? configure = null)
    {
        var bucket = await CreateBucketAsync(token, configure);
        await UntilReachedAsync(bucket, token);
        return bucket;
    }

    /// <summary>A direct get is answered: with an entry or with the word that there is none.</summary>
    protected static Task UntilReachedAsync(INatsKVStore bucket, CancellationToken token) => Eventually.TrueAsync(
        async () => await bucket.TryGetEntryAsync<string>("reached", cancellationToken: token) is { Success: true } or { Error: NatsKVKeyNotFoundException },
        $"{bucket.Bucket} is reached");

    /// <summary>Stores a message of a key with headers of its own, as another client or a server might.</summary>
    protected static async Task StoreAsync(INatsKVStore bucket, string key, string value, NatsHeaders headers, CancellationToken token)
    {
        var js = bucket.JetStreamContext;
        var prefix = js.Opts.Domain is null ? string.Empty : $"{js.Opts.Prefix}.";
        (await js.PublishAsync($"{prefix}$KV.{bucket.Bucket}.{key}", value, headers: headers, cancellationToken: token)).EnsureSuccess();
    }

    /// <summary>Puts 1 to <paramref name="count"/> under one key.</summary>
    protected static async Task PutNumbersAsync(INatsKVStore bucket, string key, int count, CancellationToken token)
    {
        for (var i = 1; i <= count; i++)
        {
            await bucket.PutAsync(key, i, cancellationToken: token);
        }
    }
}
