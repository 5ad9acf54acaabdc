using System.Runtime.CompilerServices;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Internal;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore.Internal;

namespace NATS.Client.KeyValueStore;

/// <summary>Watching, and what is built on it: history, keys, purging of deletions.</summary>
public partial class NatsKVStore
{
    private static readonly TimeSpan DefaultMarkersThreshold = TimeSpan.FromMinutes(30);

    /// <inheritdoc/>
    public IAsyncEnumerable<NatsKVEntry<T>> WatchAsync<T>(
        string key,
        INatsDeserialize<T>? serializer = default,
        NatsKVWatchOpts? opts = default,
        CancellationToken cancellationToken = default) =>
        WatchAsync([key.Length == 0 ? ">" : key], serializer, opts, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<NatsKVEntry<T>> WatchAsync<T>(
        INatsDeserialize<T>? serializer = default,
        NatsKVWatchOpts? opts = default,
        CancellationToken cancellationToken = default) =>
        WatchAsync([">"], serializer, opts, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<NatsKVEntry<T>> WatchAsync<T>(
        IEnumerable<string> keys,
        INatsDeserialize<T>? serializer = default,
        NatsKVWatchOpts? opts = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(keys);
        opts ??= NatsKVWatchOpts.Default;
        opts.ThrowIfInvalid();
        return RunWatchAsync(ConsumerOf(keys, opts), serializer, opts, isShort: false, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<NatsKVEntry<T>> HistoryAsync<T>(
        string key,
        INatsDeserialize<T>? serializer = default,
        NatsKVWatchOpts? opts = default,
        CancellationToken cancellationToken = default)
    {
        opts ??= NatsKVWatchOpts.Default;
        opts.ThrowIfInvalid();
        var atOnce = opts with
        {
            IncludeHistory = opts.ResumeAtRevision == 0,
            UpdatesOnly = false,
            OnNoData = static _ => ValueTask.FromResult(true),
        };
        return RunWatchAsync(ConsumerOf([key], atOnce), serializer, atOnce, isShort: true, cancellationToken);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<string> GetKeysAsync(NatsKVWatchOpts? opts = default, CancellationToken cancellationToken = default) =>
        GetKeysAsync([">"], opts, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<string> GetKeysAsync(IEnumerable<string> filters, NatsKVWatchOpts? opts = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(filters);
        opts ??= NatsKVWatchOpts.Default;
        opts.ThrowIfInvalid();
        var atOnce = opts with { IgnoreDeletes = true, MetaOnly = true, IncludeHistory = false, UpdatesOnly = false, OnNoData = static _ => ValueTask.FromResult(true) };
        return KeysAsync(ConsumerOf(filters, atOnce), atOnce, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask PurgeDeletesAsync(NatsKVPurgeOpts? opts = default, CancellationToken cancellationToken = default)
    {
        var threshold = opts?.DeleteMarkersThreshold ?? TimeSpan.Zero;
        if (threshold == TimeSpan.Zero)
        {
            threshold = DefaultMarkersThreshold;
        }

        var atOnce = new NatsKVWatchOpts { MetaOnly = true, OnNoData = static _ => ValueTask.FromResult(true) };
        var deleted = new List<NatsKVEntry<ReadOnlyMemory<byte>>>();
        await foreach (var entry in WatchAsync<ReadOnlyMemory<byte>>(RawSerializer.Default, atOnce, cancellationToken))
        {
            if (entry.Operation != NatsKVOperation.Put)
            {
                deleted.Add(entry);
            }
        }

        var limit = threshold < TimeSpan.Zero ? DateTimeOffset.MaxValue : TimeProvider.System.GetUtcNow() - threshold;
        foreach (var entry in deleted)
        {
            // Only up to the deletion: a value that was put meanwhile stays.
            var request = new StreamPurgeRequest
            {
                Filter = _readPrefix + entry.Key,
                Seq = entry.Created > limit ? entry.Revision : entry.Revision + 1,
            };
            await _context.PurgeStreamAsync(_streamName, request, cancellationToken);
        }
    }

    private NatsJSOrderedConsumerOpts ConsumerOf(IEnumerable<string> keys, NatsKVWatchOpts opts)
    {
        var filters = new List<string>();
        foreach (var key in keys)
        {
            filters.Add(KVNames.ProblemOfFilter(key) is { } problem ? throw problem : _readPrefix + key);
        }

        if (filters.Count == 0)
        {
            throw new ArgumentException("No key to watch", nameof(keys));
        }

        return new NatsJSOrderedConsumerOpts
        {
            FilterSubjects = [.. filters],
            HeadersOnly = opts.MetaOnly,
            OptStartSeq = opts.ResumeAtRevision,
            DeliverPolicy = opts.ResumeAtRevision > 0 ? ConsumerConfigDeliverPolicy.ByStartSequence
                : opts.UpdatesOnly ? ConsumerConfigDeliverPolicy.New
                : opts.IncludeHistory ? ConsumerConfigDeliverPolicy.All
                : ConsumerConfigDeliverPolicy.LastPerSubject,
        };
    }

    private async IAsyncEnumerable<string> KeysAsync(
        NatsJSOrderedConsumerOpts consumer,
        NatsKVWatchOpts opts,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // A value that is put meanwhile comes behind the one that it replaces, and a consumer that had to be made anew goes on from there.
        var told = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var entry in RunWatchAsync<ReadOnlyMemory<byte>>(consumer, RawSerializer.Default, opts, isShort: true, cancellationToken))
        {
            if (told.Add(entry.Key))
            {
                yield return entry.Key;
            }
        }
    }

    private async IAsyncEnumerable<NatsKVEntry<T>> RunWatchAsync<T>(
        NatsJSOrderedConsumerOpts consumer,
        INatsDeserialize<T>? serializer,
        NatsKVWatchOpts opts,
        bool isShort,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // What is over in a moment need not ask whether the bucket is still the one that was opened.
        var source = new OrderedSource(_context, _streamName, consumer, isShort ? _stream.Info.Created : null);
        await using var reader = new OrderedReader<T>(_context, source, PlanOf(opts), serializer, static _ => { }, cancellationToken);
        var toldNoData = false;
        while (true)
        {
            switch (reader.Step(out var message))
            {
                case PullStep.Message:
                    toldNoData = false;
                    if (TryRead(message, opts, out var entry))
                    {
                        yield return entry;
                    }

                    break;
                case PullStep.Wait when reader.Pending == 0 && !toldNoData && opts.OnNoData is { } onNoData:
                    toldNoData = true;
                    if (await onNoData(cancellationToken))
                    {
                        yield break;
                    }

                    break;
                case PullStep.Wait:
                    if (!await (toldNoData || opts.OnNoData is null ? reader.WaitToReadAsync() : reader.WaitForPendingAsync()))
                    {
                        reader.OnCompleted();
                    }

                    break;
                case PullStep.Failed:
                    throw reader.Failure!;
                case PullStep.End:
                    cancellationToken.ThrowIfCancellationRequested();
                    yield break;
                case var step:
                    if (!await reader.DoAsync(step))
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        yield break;
                    }

                    break;
            }
        }
    }

    /// <summary>The heartbeat that was asked for, or the longest that there may be, and an expiry that is long enough for it.</summary>
    private static PullPlan PlanOf(NatsKVWatchOpts opts)
    {
        var heartbeat = opts.IdleHeartbeat < PullPlan.MostHeartbeat ? opts.IdleHeartbeat : PullPlan.MostHeartbeat;
        var expires = TimeSpan.FromTicks(Math.Max(TimeSpan.FromSeconds(30).Ticks, heartbeat.Ticks * 2));
        return PullPlan.Consume(new NatsJSConsumeOpts { IdleHeartbeat = heartbeat, Expires = expires }, null) with { Ordered = true };
    }

    private bool TryRead<T>(in NatsMsg<T> message, NatsKVWatchOpts opts, out NatsKVEntry<T> entry)
    {
        entry = default;
        var operation = KVHeaders.OperationOf(message.Headers);
        if ((opts.IgnoreDeletes && operation != NatsKVOperation.Put)
            || !message.Subject.StartsWith(_readPrefix, StringComparison.Ordinal)
            || !AckSubject.TryParse(message.ReplyTo, out var ack))
        {
            return false;
        }

        entry = new NatsKVEntry<T>(Bucket, message.Subject[_readPrefix.Length..])
        {
            Value = operation == NatsKVOperation.Put ? message.Data : default,
            Revision = ack.StreamSequence,
            Delta = ack.Pending,
            Created = ack.Timestamp,
            Operation = operation,
            Error = operation == NatsKVOperation.Put ? message.Error : null,
        };
        return true;
    }
}
