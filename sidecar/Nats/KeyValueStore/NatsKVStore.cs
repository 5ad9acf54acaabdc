using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore.Internal;

namespace NATS.Client.KeyValueStore;

/// <summary>A bucket.</summary>
public partial class NatsKVStore : INatsKVStore
{
    private readonly NatsJSContext _context;
    private readonly INatsJSStream _stream;
    private readonly NatsKVOpts _opts;
    private readonly string _streamName;
    private readonly string _readPrefix;
    private readonly string _writePrefix;
    private readonly string _directPrefix;
    private readonly string _directSubject;
    private readonly bool _allowDirect;
    private readonly bool _allowTimeToLive;

    internal NatsKVStore(string bucket, NatsJSContext context, INatsJSContext publicContext, INatsJSStream stream, NatsKVOpts opts)
    {
        Bucket = bucket;
        JetStreamContext = publicContext;
        _context = context;
        _stream = stream;
        _opts = opts;
        var config = stream.Info.Config;
        _streamName = config.Name!;
        _allowDirect = config.AllowDirect;
        _allowTimeToLive = config.AllowMsgTTL;
        _readPrefix = KVNames.PrefixOf(bucket);
        _writePrefix = WritePrefix(bucket, context.Opts, config.Mirror);
        if (config.Mirror is { Name: var origin } && origin.StartsWith(KVNames.StreamPrefix, StringComparison.Ordinal))
        {
            _readPrefix = KVNames.PrefixOf(origin[KVNames.StreamPrefix.Length..]);
        }

        _directSubject = context.ApiSubject($"DIRECT.GET.{_streamName}");
        _directPrefix = $"{_directSubject}.{_readPrefix}";
    }

    /// <inheritdoc/>
    public INatsJSContext JetStreamContext { get; }

    /// <inheritdoc/>
    public string Bucket { get; }

    /// <summary>Whether a key is possible (ADR-8).</summary>
    public static bool IsValidKey(string key) => KVNames.ProblemOfKey(key) is null;

    /// <inheritdoc/>
    public async ValueTask<NatsKVStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        await _stream.RefreshAsync(cancellationToken);
        return NatsKVContext.StatusOf(_stream.Info);
    }

    /// <summary>
    /// Behind a domain or prefix the puts go the way of the API, whose mapping turns them into the bucket's subjects on the other side. Puts to a mirror go to its origin.
    /// </summary>
    private static string WritePrefix(string bucket, NatsJSOpts opts, StreamSource? mirror)
    {
        var api = opts.Prefix == "$JS.API" ? string.Empty : $"{opts.Prefix}.";
        if (mirror is null)
        {
            return api + KVNames.PrefixOf(bucket);
        }

        var origin = mirror.Name.StartsWith(KVNames.StreamPrefix, StringComparison.Ordinal) ? mirror.Name[KVNames.StreamPrefix.Length..] : mirror.Name;
        return mirror.External is { Api.Length: > 0 } external ? $"{external.Api}.{KVNames.PrefixOf(origin)}" : api + KVNames.PrefixOf(origin);
    }
}
