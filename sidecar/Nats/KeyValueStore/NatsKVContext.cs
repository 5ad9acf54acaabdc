using System.Runtime.CompilerServices;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore.Internal;

namespace NATS.Client.KeyValueStore;

/// <summary>The buckets of one connection.</summary>
public class NatsKVContext : INatsKVContext
{
    private const int LevelOfTimeToLive = 1;

    private readonly NatsJSContext _context;
    private readonly NatsKVOpts _opts;

    /// <summary>Over a JetStream context of this library.</summary>
    public NatsKVContext(INatsJSContext context)
        : this(context, new NatsKVOpts())
    {
    }

    /// <summary>As above, with options of its own.</summary>
    public NatsKVContext(INatsJSContext context, NatsKVOpts opts)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(opts);
        _context = context as NatsJSContext ?? new NatsJSContext(context.Connection, context.Opts);
        _opts = opts;
        JetStreamContext = context;
    }

    /// <inheritdoc/>
    public INatsJSContext JetStreamContext { get; }

    /// <inheritdoc/>
    public ValueTask<INatsKVStore> CreateStoreAsync(string bucket, CancellationToken cancellationToken = default) =>
        CreateStoreAsync(new NatsKVConfig(bucket), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<INatsKVStore> CreateStoreAsync(NatsKVConfig config, CancellationToken cancellationToken = default) =>
        Open(config.Bucket, await _context.CreateStreamAsync(await StreamOfAsync(config, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<INatsKVStore> GetStoreAsync(string bucket, CancellationToken cancellationToken = default)
    {
        KVNames.CheckBucket(bucket);
        var stream = await _context.GetStreamAsync(KVNames.StreamOf(bucket), cancellationToken: cancellationToken);
        if (stream.Info.Config.MaxMsgsPerSubject < 1)
        {
            throw new NatsKVException($"The stream {stream.Info.Config.Name} is not a bucket: it keeps no history per subject");
        }

        return Open(bucket, stream);
    }

    /// <inheritdoc/>
    public async ValueTask<INatsKVStore> UpdateStoreAsync(NatsKVConfig config, CancellationToken cancellationToken = default) =>
        Open(config.Bucket, await _context.UpdateStreamAsync(await StreamOfAsync(config, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public async ValueTask<INatsKVStore> CreateOrUpdateStoreAsync(NatsKVConfig config, CancellationToken cancellationToken = default) =>
        Open(config.Bucket, await _context.CreateOrUpdateStreamAsync(await StreamOfAsync(config, cancellationToken), cancellationToken));

    /// <inheritdoc/>
    public ValueTask<bool> DeleteStoreAsync(string bucket, CancellationToken cancellationToken = default)
    {
        KVNames.CheckBucket(bucket);
        return _context.DeleteStreamAsync(KVNames.StreamOf(bucket), cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> GetBucketNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // By subject a mirror would not be found: it has none of its own.
        await foreach (var name in _context.ListStreamNamesAsync(cancellationToken: cancellationToken))
        {
            if (name.StartsWith(KVNames.StreamPrefix, StringComparison.Ordinal))
            {
                yield return name[KVNames.StreamPrefix.Length..];
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<NatsKVStatus> GetStatusesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var stream in _context.ListStreamsAsync(cancellationToken: cancellationToken))
        {
            if (stream.Info.Config.Name!.StartsWith(KVNames.StreamPrefix, StringComparison.Ordinal))
            {
                yield return StatusOf(stream.Info);
            }
        }
    }

    internal static NatsKVStatus StatusOf(StreamInfo info) => new(
        info.Config.Name![KVNames.StreamPrefix.Length..],
        info.Config.Compression != StreamConfigCompression.None,
        info.Config.AllowMsgTTL ? info.Config.SubjectDeleteMarkerTTL : TimeSpan.Zero,
        info);

    private async ValueTask<StreamConfig> StreamOfAsync(NatsKVConfig config, CancellationToken cancellationToken)
    {
        var stream = BucketStream.From(config);
        if (stream.AllowMsgTTL && (await _context.GetAccountInfoAsync(cancellationToken)).Api.Level < LevelOfTimeToLive)
        {
            throw new NatsKVException($"The server has no time to live for single keys, which LimitMarkerTTL of {config.Bucket} asks for: it needs version 2.11");
        }

        return stream;
    }

    private NatsKVStore Open(string bucket, INatsJSStream stream) => new(bucket, _context, JetStreamContext, stream, _opts);
}
