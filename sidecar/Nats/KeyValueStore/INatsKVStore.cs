using NATS.Client.Core;
using NATS.Client.JetStream;

namespace NATS.Client.KeyValueStore;

/// <summary>
/// A bucket (ADR-8). Keys are of letters, digits and <c>- _ = . /</c>, and neither begin nor end with a dot. The <c>Try</c> methods return what the others throw:
/// <see cref="NatsKVException"/> for what is wrong with the key, <see cref="NatsJSException"/> for what is wrong with the server.
/// </summary>
public interface INatsKVStore
{
    /// <summary>The JetStream behind the bucket.</summary>
    INatsJSContext JetStreamContext { get; }

    /// <summary>The bucket's name.</summary>
    string Bucket { get; }

    /// <summary>Puts a value; returns its revision.</summary>
    ValueTask<ulong> PutAsync<T>(string key, T value, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>Puts a value; returns its revision.</summary>
    ValueTask<NatsResult<ulong>> TryPutAsync<T>(string key, T value, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>Puts the first value of a key, or the first after its deletion.</summary>
    /// <exception cref="NatsKVCreateException">The key exists.</exception>
    ValueTask<ulong> CreateAsync<T>(string key, T value, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>As above, and the key goes away after <paramref name="ttl"/>, at least 1 s (server 2.11, <see cref="NatsKVConfig.LimitMarkerTTL"/>).</summary>
    /// <exception cref="NatsKVCreateException">The key exists.</exception>
    ValueTask<ulong> CreateAsync<T>(string key, T value, TimeSpan ttl, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>Puts the first value of a key, or the first after its deletion.</summary>
    ValueTask<NatsResult<ulong>> TryCreateAsync<T>(string key, T value, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>As above, and the key goes away after <paramref name="ttl"/>.</summary>
    ValueTask<NatsResult<ulong>> TryCreateAsync<T>(string key, T value, TimeSpan ttl, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>Replaces a revision of a key.</summary>
    /// <exception cref="NatsKVWrongLastRevisionException">The key has another revision.</exception>
    ValueTask<ulong> UpdateAsync<T>(string key, T value, ulong revision, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>Replaces a revision of a key.</summary>
    ValueTask<NatsResult<ulong>> TryUpdateAsync<T>(string key, T value, ulong revision, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>Deletes a key; its history stays.</summary>
    /// <exception cref="NatsKVWrongLastRevisionException">The key has another revision than the options say.</exception>
    ValueTask DeleteAsync(string key, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Deletes a key; its history stays.</summary>
    ValueTask<NatsResult> TryDeleteAsync(string key, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Deletes a key with its history.</summary>
    /// <exception cref="NatsKVWrongLastRevisionException">The key has another revision than the options say.</exception>
    ValueTask PurgeAsync(string key, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>As above, and the marker of the purge goes away after <paramref name="ttl"/> (server 2.11).</summary>
    ValueTask PurgeAsync(string key, TimeSpan ttl, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>Deletes a key with its history.</summary>
    ValueTask<NatsResult> TryPurgeAsync(string key, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>As above, and the marker of the purge goes away after <paramref name="ttl"/>.</summary>
    ValueTask<NatsResult> TryPurgeAsync(string key, TimeSpan ttl, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>The last value of a key, or the one of a revision.</summary>
    /// <exception cref="NatsKVKeyNotFoundException">There is none.</exception>
    /// <exception cref="NatsKVKeyDeletedException">It was deleted.</exception>
    ValueTask<NatsKVEntry<T>> GetEntryAsync<T>(string key, ulong revision = default, INatsDeserialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>The last value of a key, or the one of a revision.</summary>
    ValueTask<NatsResult<NatsKVEntry<T>>> TryGetEntryAsync<T>(string key, ulong revision = default, INatsDeserialize<T>? serializer = default, CancellationToken cancellationToken = default);

    /// <summary>
    /// The last value of each key that <paramref name="key"/> matches (wildcards allowed; all when it is empty), then every change, in the order of their revisions, each once, over
    /// reconnects and restarts of the server.
    /// </summary>
    IAsyncEnumerable<NatsKVEntry<T>> WatchAsync<T>(string key, INatsDeserialize<T>? serializer = default, NatsKVWatchOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>As above for several keys.</summary>
    IAsyncEnumerable<NatsKVEntry<T>> WatchAsync<T>(IEnumerable<string> keys, INatsDeserialize<T>? serializer = default, NatsKVWatchOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>As above for all keys.</summary>
    IAsyncEnumerable<NatsKVEntry<T>> WatchAsync<T>(INatsDeserialize<T>? serializer = default, NatsKVWatchOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>All revisions of a key that are kept, oldest first.</summary>
    IAsyncEnumerable<NatsKVEntry<T>> HistoryAsync<T>(string key, INatsDeserialize<T>? serializer = default, NatsKVWatchOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>State of the bucket.</summary>
    ValueTask<NatsKVStatus> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>Removes what is left of deleted keys.</summary>
    ValueTask PurgeDeletesAsync(NatsKVPurgeOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>All keys that have a value.</summary>
    IAsyncEnumerable<string> GetKeysAsync(NatsKVWatchOpts? opts = default, CancellationToken cancellationToken = default);

    /// <summary>The keys that have a value and that one of <paramref name="filters"/> matches, wildcards allowed.</summary>
    IAsyncEnumerable<string> GetKeysAsync(IEnumerable<string> filters, NatsKVWatchOpts? opts = default, CancellationToken cancellationToken = default);
}
