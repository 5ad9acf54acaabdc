using System.Globalization;
using System.Runtime.CompilerServices;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore.Internal;

namespace NATS.Client.KeyValueStore;

/// <summary>Reading single entries.</summary>
public partial class NatsKVStore
{
    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<NatsKVEntry<T>> GetEntryAsync<T>(
        string key,
        ulong revision = default,
        INatsDeserialize<T>? serializer = default,
        CancellationToken cancellationToken = default) =>
        Unwrap(await TryGetEntryAsync(key, revision, serializer, cancellationToken));

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<NatsResult<NatsKVEntry<T>>> TryGetEntryAsync<T>(
        string key,
        ulong revision = default,
        INatsDeserialize<T>? serializer = default,
        CancellationToken cancellationToken = default)
    {
        if (KVNames.ProblemOfKey(key) is { } problem)
        {
            return problem;
        }

        var subject = _readPrefix + key;
        try
        {
            return _allowDirect
                ? await ReadDirectAsync(key, subject, revision, serializer, cancellationToken)
                : await ReadFromLeaderAsync(key, subject, revision, serializer, cancellationToken);
        }
        catch (NatsException e)
        {
            return e;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<NatsResult<NatsKVEntry<T>>> ReadDirectAsync<T>(
        string key,
        string subject,
        ulong revision,
        INatsDeserialize<T>? serializer,
        CancellationToken cancellationToken)
    {
        NatsMsg<T> msg;
        if (revision == 0 && _opts.UseDirectGetApiWithKeysInSubject)
        {
            msg = await _context.GetLastDirectAsync(_directPrefix + key, serializer, cancellationToken);
        }
        else if (revision == 0)
        {
            msg = await _context.GetLastDirectAsync(_directSubject, subject, serializer, cancellationToken);
        }
        else
        {
            msg = await _context.GetDirectAsync(_streamName, new StreamMsgGetRequest { Seq = revision }, serializer, cancellationToken);
        }

        if (msg.Headers is not { } headers)
        {
            return new NatsKVException("The answer to a direct get has no headers");
        }

        if (headers.Code == 404)
        {
            return NatsKVKeyNotFoundException.Default;
        }

        if (headers.Code >= 400)
        {
            return new NatsJSApiException(new ApiError { Code = headers.Code, Description = headers.MessageText });
        }

        if (!ulong.TryParse(headers[KVHeaders.Sequence].ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
            || !DateTimeOffset.TryParse(headers[KVHeaders.TimeStamp].ToString(), CultureInfo.InvariantCulture, out var created))
        {
            return new NatsKVException("The answer to a direct get has no sequence or time");
        }

        return Check(
            headers[KVHeaders.Subject].ToString(),
            subject,
            new NatsKVEntry<T>(Bucket, key)
            {
                Value = msg.Data,
                Revision = sequence,
                Created = created,
                Operation = KVHeaders.OperationOf(headers),
                Error = msg.Error,
            });
    }

    /// <summary>For buckets without direct get, which other clients may have made.</summary>
    private async ValueTask<NatsResult<NatsKVEntry<T>>> ReadFromLeaderAsync<T>(
        string key,
        string subject,
        ulong revision,
        INatsDeserialize<T>? serializer,
        CancellationToken cancellationToken)
    {
        var request = revision == 0 ? new StreamMsgGetRequest { LastBySubj = subject } : new StreamMsgGetRequest { Seq = revision };
        StoredMessage stored;
        try
        {
            stored = (await _stream.GetAsync(request, cancellationToken)).Message;
        }
        catch (NatsJSApiException e) when (e.Error.Code == 404)
        {
            return NatsKVKeyNotFoundException.Default;
        }

        var headers = StoredHeaders.Parse(_context.Connection, stored.Hdrs);
        var entry = new NatsKVEntry<T>(Bucket, key)
        {
            Revision = stored.Seq,
            Created = stored.Time,
            Operation = KVHeaders.OperationOf(headers),
        };
        return Check(stored.Subject, subject, StoredHeaders.WithValue(entry, stored.Data, serializer ?? _context.Connection.Opts.SerializerRegistry.GetDeserializer<T>()));
    }

    /// <summary>A revision may be another key's: every message of the bucket has one of the same row of numbers.</summary>
    private static NatsResult<NatsKVEntry<T>> Check<T>(string actualSubject, string subject, NatsKVEntry<T> entry)
    {
        if (!string.Equals(actualSubject, subject, StringComparison.Ordinal))
        {
            return NatsKVKeyNotFoundException.Default;
        }

        return entry.Operation == NatsKVOperation.Put ? entry : new NatsKVKeyDeletedException(entry.Revision);
    }
}
