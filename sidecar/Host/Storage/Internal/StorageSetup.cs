using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>
/// Makes what the features declare, and brings what exists into shape. Prefix, format and identity come first: nothing is touched
/// that another home or a newer sidecar has written.
/// </summary>
internal sealed partial class StorageSetup
{
    private const int StreamNotFound = 10059;
    private readonly HomeStorage _storage;
    private readonly StorageOptions _options;
    private readonly IEmbeddedServer _embedded;
    private readonly BridgeIdentity _identity;
    private readonly BucketKeeper _bucketKeeper;
    private readonly StreamKeeper _streamKeeper;
    private readonly IReadOnlyList<BucketDeclaration> _buckets;
    private readonly ILogger<StorageSetup> _logger;

    public StorageSetup(
        HomeStorage storage,
        HomeLayout layout,
        IEnumerable<Func<HomeLayout, StreamDeclaration>> streams,
        IEnumerable<Func<HomeLayout, BucketDeclaration>> buckets,
        BridgeOptions options,
        IDataFolder folder,
        IEmbeddedServer embedded,
        ILogger<StorageSetup> logger)
    {
        (_storage, _options, _embedded, _logger) = (storage, options.Of<StorageOptions>(), embedded, logger);
        _identity = new BridgeIdentity(folder);
        _bucketKeeper = new BucketKeeper(storage.JetStream, logger);
        _streamKeeper = new StreamKeeper(storage.JetStream, logger);

        // Two features may need the same one.
        Streams = [.. streams.Select(declare => declare(layout)).DistinctBy(stream => stream.Name)];
        _buckets = [.. buckets.Select(declare => declare(layout)).DistinctBy(bucket => bucket.Name)];
    }

    /// <summary>The declared streams.</summary>
    public IReadOnlyList<StreamDeclaration> Streams { get; }

    /// <summary>Every stream that the home relies on, those of the buckets too.</summary>
    public IEnumerable<string> StreamNames =>
        Streams.Select(stream => stream.Name).Concat(_buckets.Select(bucket => "KV_" + bucket.Name));

    /// <summary>Buckets whose settings are wrong and cannot be corrected, with what is wrong.</summary>
    public IReadOnlyDictionary<string, string> BucketTroubles => _bucketKeeper.Troubles;

    /// <summary>
    /// The id that the data folder knew and the store does not have: the store is another one than before. Null: none.
    /// </summary>
    public string? FormerId => _identity.FormerId;

    /// <summary>Makes or checks everything.</summary>
    /// <exception cref="StorageException">It cannot be as declared.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await RefuseOtherPrefixAsync(cancellationToken);
        var declared = _buckets.First(bucket => bucket.Name == _storage.Names.BridgeBucket);
        var bridge = await _bucketKeeper.EnsureAsync(declared, cancellationToken);
        _storage.Add(bridge);
        await BridgeIdentity.CheckFormatAsync(bridge, cancellationToken);
        _storage.SetIdentified(await _identity.ReadOrMakeAsync(bridge, cancellationToken));
        await EnsureStreamsAsync(cancellationToken);
        foreach (var bucket in _buckets)
        {
            _storage.Add(await _bucketKeeper.EnsureAsync(bucket, cancellationToken));
        }

        LogReady(_storage.BridgeId, Streams.Count);
    }

    /// <summary>
    /// Whether this sidecar may still write: a newer one may have come meanwhile. A damaged identity is put right.
    /// </summary>
    /// <exception cref="StorageException">A newer sidecar has written.</exception>
    public async Task CheckFormatAsync(CancellationToken cancellationToken)
    {
        var bridge = _storage.Bucket(_storage.Names.BridgeBucket);
        await BridgeIdentity.CheckFormatAsync(bridge, cancellationToken);
        if (await BridgeIdentity.FindAsync(bridge, cancellationToken) is null)
        {
            await _identity.ReadOrMakeAsync(bridge, cancellationToken);
        }
    }

    /// <summary>Turns acknowledgements off again where something turned them on in a stream that devices publish into.</summary>
    /// <param name="streams">The streams as they are.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="StorageException">The server does not turn them off.</exception>
    public async Task KeepSilentAsync(IReadOnlyCollection<StreamInfo> streams, CancellationToken cancellationToken)
    {
        foreach (var declared in Streams.Where(stream => stream.IsWrittenByDevices))
        {
            if (streams.FirstOrDefault(info => info.Config.Name == declared.Name) is { Config: { NoAck: false } config })
            {
                await _streamKeeper.TryCorrectAsync(declared with { MaxBytes = config.MaxBytes }, cancellationToken);
            }
        }
    }

    /// <summary>
    /// In names dots become <c>-</c> and streams are in upper case: <c>my.house</c> and <c>my-house</c>, or <c>home</c> and
    /// <c>Home</c>, would share streams or buckets. Who has the streams has the names.
    /// </summary>
    private async Task RefuseOtherPrefixAsync(CancellationToken cancellationToken)
    {
        var (root, states) = (_storage.Subjects.Root, _storage.Subjects.AllStates);
        var end = states[root.Length..];
        try
        {
            var name = _storage.Names.TelemetryStream;
            var telemetry = await _storage.JetStream.GetStreamAsync(name, cancellationToken: cancellationToken);
            var owner = (telemetry.Info.Config.Subjects ?? [])
                .Where(subject => subject.EndsWith(end, StringComparison.Ordinal))
                .Select(subject => subject[..^end.Length])
                .FirstOrDefault(other => other != root && HomeSubjects.IsValidRoot(other));
            if (owner is not null)
            {
                throw new StorageException(
                    $"The prefix {root} makes the same names of streams and buckets as {owner}, which has them on this account. "
                    + $"Nothing of {owner} is touched: choose another root with --prefix, or give this home its own account.");
            }
        }
        catch (NatsJSApiException exception) when (exception.Error.ErrCode == StreamNotFound)
        {
            // No home has the names yet.
        }
    }

    /// <summary>
    /// Those that exist first: one of an earlier layout may have to give up subjects that another one is to capture.
    /// </summary>
    private async Task EnsureStreamsAsync(CancellationToken cancellationToken)
    {
        var budget = await BudgetAsync(cancellationToken);
        try
        {
            var missing = new List<StreamDeclaration>();
            foreach (var stream in Streams.Select(stream => stream with { MaxBytes = StreamSizes.For(stream.MaxBytes, budget) }))
            {
                if (!await _streamKeeper.TryCorrectAsync(stream, cancellationToken))
                {
                    missing.Add(stream);
                }
            }

            // What is copied before who copies it, and the largest first.
            foreach (var stream in missing.OrderBy(one => one.Source is null ? 0 : 1).ThenByDescending(one => one.MaxBytes))
            {
                await _streamKeeper.MakeAsync(stream, cancellationToken);
            }
        }
        catch (NatsJSApiException exception) when (StreamKeeper.IsTooLarge(exception))
        {
            throw NoRoom(budget, exception.Message);
        }
    }

    private static StorageException NoRoom(long budget, string reason)
    {
        var wanted = $"{budget / StorageDeclarations.Mebibyte}";
        return new StorageException(
            $"NATS has no room for this home's streams and buckets, which may take {wanted} MiB together ({reason}). "
            + "Set storage.max_bytes (--storage-max-bytes) to what this home may take, or raise max_file_store of the server or "
            + "the limit of the account.")
        {
            Repair = StorageRepairs.NoRoom.About(null, wanted, "storage.max_bytes", reason),
        };
    }

    /// <summary>
    /// Bytes for all of it: the setting; else what the embedded server allows, or, on another server, whose free disk is not
    /// known, a size that most have.
    /// </summary>
    private async Task<long> BudgetAsync(CancellationToken cancellationToken)
    {
        if (_embedded.IsUsed)
        {
            return Math.Min(_options.MaxBytes ?? long.MaxValue, _embedded.MaxFileStore);
        }

        if (_options.MaxBytes is { } configured)
        {
            return configured;
        }

        var limit = (await _storage.JetStream.GetAccountInfoAsync(cancellationToken)).Limits.MaxStorage;
        return limit > 0 ? Math.Min(limit, StorageOptions.DefaultOnAnotherServer) : StorageOptions.DefaultOnAnotherServer;
    }

    [LoggerMessage(1210, LogLevel.Information, "Storage is ready: bridge {BridgeId}, {Streams} streams")]
    private partial void LogReady(string bridgeId, int streams);
}
