using System.Globalization;
using System.Runtime.CompilerServices;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Internal;
using NATS.Client.KeyValueStore.Internal;

namespace NATS.Client.KeyValueStore;

/// <summary>Putting, replacing and deleting.</summary>
public partial class NatsKVStore
{
    private const int WrongLastSequence = 10071;
    private const int WrongLastSequenceConstant = 10164;

    /// <inheritdoc/>
    public async ValueTask<ulong> PutAsync<T>(string key, T value, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default) =>
        Unwrap(await TryPutAsync(key, value, serializer, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NatsResult<ulong>> TryPutAsync<T>(string key, T value, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default) =>
        StoreAsync(key, value, serializer, null, null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<ulong> CreateAsync<T>(string key, T value, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default) =>
        Unwrap(await TryCreateAsync(key, value, serializer, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<ulong> CreateAsync<T>(
        string key,
        T value,
        TimeSpan ttl,
        INatsSerialize<T>? serializer = default,
        CancellationToken cancellationToken = default) =>
        Unwrap(await TryCreateAsync(key, value, ttl, serializer, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NatsResult<ulong>> TryCreateAsync<T>(string key, T value, INatsSerialize<T>? serializer = default, CancellationToken cancellationToken = default) =>
        TryCreateAsync(key, value, default, serializer, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<NatsResult<ulong>> TryCreateAsync<T>(
        string key,
        T value,
        TimeSpan ttl,
        INatsSerialize<T>? serializer = default,
        CancellationToken cancellationToken = default)
    {
        if (TimeToLive(ttl, null, out var headers) is { } problem)
        {
            return problem;
        }

        var first = await StoreAsync(key, value, serializer, 0, headers, cancellationToken);
        if (first.Success || first.Error is not NatsKVWrongLastRevisionException refused)
        {
            return first;
        }

        // A deleted key may be created again: in place of the deletion, so that of two who try only one succeeds (ADR-8).
        var last = await ReadNotBeforeAsync(key, refused.Actual, cancellationToken);
        if (last.Success)
        {
            return NatsKVCreateException.Default;
        }

        if (last.Error is not (NatsKVKeyDeletedException or NatsKVKeyNotFoundException))
        {
            return last.Error;
        }

        var revision = (last.Error as NatsKVKeyDeletedException)?.Revision ?? 0;
        var again = await StoreAsync(key, value, serializer, revision, headers, cancellationToken);
        return !again.Success && again.Error is NatsKVWrongLastRevisionException ? NatsKVCreateException.Default : again;
    }

    /// <summary>
    /// The last entry of a key of which the server said that it has this revision. A direct get may be answered by a replica or mirror that does not have it yet (ADR-8, "Consistency
    /// Guarantees"), to which a key is there that was deleted; then the leader is asked.
    /// </summary>
    private async ValueTask<NatsResult<NatsKVEntry<ReadOnlyMemory<byte>>>> ReadNotBeforeAsync(string key, ulong revision, CancellationToken cancellationToken)
    {
        var last = await TryGetEntryAsync<ReadOnlyMemory<byte>>(key, serializer: RawSerializer.Default, cancellationToken: cancellationToken);
        var seen = last.Success ? last.Value.Revision : last.Error switch
        {
            NatsKVKeyDeletedException deleted => deleted.Revision,
            NatsKVKeyNotFoundException => 0,
            _ => ulong.MaxValue,
        };
        if (!_allowDirect || seen >= revision)
        {
            return last;
        }

        try
        {
            return await ReadFromLeaderAsync<ReadOnlyMemory<byte>>(key, _readPrefix + key, 0, RawSerializer.Default, cancellationToken);
        }
        catch (NatsException e)
        {
            return e;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ulong> UpdateAsync<T>(
        string key,
        T value,
        ulong revision,
        INatsSerialize<T>? serializer = default,
        CancellationToken cancellationToken = default) =>
        Unwrap(await TryUpdateAsync(key, value, revision, serializer, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NatsResult<ulong>> TryUpdateAsync<T>(
        string key,
        T value,
        ulong revision,
        INatsSerialize<T>? serializer = default,
        CancellationToken cancellationToken = default) =>
        StoreAsync(key, value, serializer, revision, null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(string key, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default) =>
        Unwrap(await TryDeleteAsync(key, opts, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NatsResult> TryDeleteAsync(string key, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default) =>
        RemoveAsync(key, opts ?? new NatsKVDeleteOpts(), default, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask PurgeAsync(string key, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default) =>
        Unwrap(await TryPurgeAsync(key, opts, cancellationToken));

    /// <inheritdoc/>
    public async ValueTask PurgeAsync(string key, TimeSpan ttl, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default) =>
        Unwrap(await TryPurgeAsync(key, ttl, opts, cancellationToken));

    /// <inheritdoc/>
    public ValueTask<NatsResult> TryPurgeAsync(string key, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default) =>
        TryPurgeAsync(key, default, opts, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<NatsResult> TryPurgeAsync(string key, TimeSpan ttl, NatsKVDeleteOpts? opts = default, CancellationToken cancellationToken = default) =>
        RemoveAsync(key, (opts ?? new NatsKVDeleteOpts()) with { Purge = true }, ttl, cancellationToken);

    private async ValueTask<NatsResult> RemoveAsync(string key, NatsKVDeleteOpts opts, TimeSpan ttl, CancellationToken cancellationToken)
    {
        var headers = new NatsHeaders { [KVHeaders.Operation] = opts.Purge ? "PURGE" : "DEL" };
        if (opts.Purge)
        {
            headers[KVHeaders.Rollup] = "sub";
        }

        if (TimeToLive(ttl, headers, out _) is { } problem)
        {
            return problem;
        }

        ulong? expected = opts.Revision > 0 ? opts.Revision : null;
        var result = await StoreAsync(key, default(ReadOnlyMemory<byte>), RawSerializer.Default, expected, headers, cancellationToken);
        return result.Success ? NatsResult.Default : result.Error;
    }

    /// <summary>Servers before 2.11 would store the entry and ignore its age limit without a word.</summary>
    private NatsKVException? TimeToLive(TimeSpan ttl, NatsHeaders? headers, out NatsHeaders? withTtl)
    {
        withTtl = headers;
        if (ttl == default)
        {
            return null;
        }

        if (!_allowTimeToLive)
        {
            return new NatsKVException($"The bucket {Bucket} has no time to live for single keys: it needs LimitMarkerTTL, and server 2.11");
        }

        withTtl = headers ?? [];
        withTtl[KVHeaders.TimeToLive] = KVHeaders.FormatTimeToLive(ttl);
        return null;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<NatsResult<ulong>> StoreAsync<T>(
        string key,
        T value,
        INatsSerialize<T>? serializer,
        ulong? expectedRevision,
        NatsHeaders? headers,
        CancellationToken cancellationToken)
    {
        if (KVNames.ProblemOfKey(key) is { } problem)
        {
            return problem;
        }

        var opts = expectedRevision is { } revision ? new NatsJSPubOpts { ExpectedLastSubjectSequence = revision } : null;
        var result = await _context.TryPublishAsync(_writePrefix + key, value, serializer, opts, headers, cancellationToken);
        if (!result.Success)
        {
            return result.Error;
        }

        var ack = result.Value;
        if (ack.Error is not { } error)
        {
            return ack.Seq;
        }

        return error.ErrCode is not (WrongLastSequence or WrongLastSequenceConstant) ? new NatsJSApiException(error)
            : expectedRevision == 0 ? new NatsKVWrongLastRevisionException(RevisionIn(error.Description))
            : NatsKVWrongLastRevisionException.Default;
    }

    /// <summary>The revision at the end of "wrong last sequence: 7"; 0 where there is none.</summary>
    private static ulong RevisionIn(string? description)
    {
        var text = description.AsSpan();
        return ulong.TryParse(text[(text.LastIndexOf(' ') + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : 0;
    }

    private static void Unwrap(NatsResult result)
    {
        if (!result.Success)
        {
            throw Fresh(result.Error);
        }
    }

    private static T Unwrap<T>(NatsResult<T> result) => result.Success ? result.Value : throw Fresh(result.Error);

    /// <summary>The shared exceptions are thrown as new ones: a thrown one carries the stack of its throwing.</summary>
    private static Exception Fresh(Exception error) => error switch
    {
        NatsKVWrongLastRevisionException => new NatsKVWrongLastRevisionException(),
        NatsKVCreateException => new NatsKVCreateException(),
        NatsKVKeyNotFoundException => new NatsKVKeyNotFoundException(),
        NatsJSPublishNoResponseException => new NatsJSPublishNoResponseException(),
        _ => error,
    };
}
