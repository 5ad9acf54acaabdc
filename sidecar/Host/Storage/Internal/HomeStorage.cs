using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Settings;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The streams and buckets, once they are as designed.</summary>
internal sealed partial class HomeStorage : IHomeStorage
{
    private const long LeastBudget = 16L << 20;
    private readonly Dictionary<HomeBucket, INatsKVStore> _buckets = [];
    private readonly TaskCompletionSource _identified = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BucketKeeper _bucketKeeper;
    private readonly StreamKeeper _keeper;
    private readonly BridgeIdentity _identity;
    private readonly IEmbeddedServer _embedded;
    private readonly IHomeLink _link;
    private readonly ILogger<HomeStorage> _logger;
    private string? _bridgeId;
    private long _oursSince = -1;

    /// <summary>What the streams share: what fitted. Asked for from the beginning each time, two homes on one account would take turns in standing in each other's way.</summary>
    private long _budget = long.MaxValue;

    public HomeStorage(BridgeOptions options, IDataFolder folder, IEmbeddedServer embedded, IHomeLink link, ILogger<HomeStorage> logger)
    {
        Subjects = new HomeSubjects(options.Prefix);
        Names = new HomeNames(options.Prefix);
        JetStream = new NatsJSContext(link.Home);
        _bucketKeeper = new BucketKeeper(JetStream, logger);
        _keeper = new StreamKeeper(JetStream, logger);
        _identity = new BridgeIdentity(folder);
        _embedded = embedded;
        _link = link;
        _logger = logger;
    }

    public HomeSubjects Subjects { get; }

    public HomeNames Names { get; }

    public INatsJSContext JetStream { get; }

    public Task Identified => _identified.Task;

    public Task Ready => _ready.Task;

    public string BridgeId => _bridgeId ?? throw new InvalidOperationException("the home's identity is not known yet");

    /// <summary>The streams as the server last described them; empty before <see cref="Ready"/>.</summary>
    public IReadOnlyList<INatsJSStream> Streams { get; private set; } = [];

    /// <summary>The buckets of the table.</summary>
    public IEnumerable<string> BucketNames => Enum.GetValues<HomeBucket>().Select(bucket => Buckets.Plan(bucket, Names, Subjects).Bucket);

    /// <summary>Buckets that are other than designed and cannot be corrected, with what is wrong.</summary>
    public IReadOnlyDictionary<string, string> BucketTroubles => _bucketKeeper.Troubles;

    /// <summary>The subject that stands for every device's <c>.set</c> in the question whether a stream captures it.</summary>
    public string SampleSet => Subjects.SetOf(new DeviceId("x", "y"));

    public INatsKVStore Bucket(HomeBucket bucket)
    {
        lock (_buckets)
        {
            return _buckets.TryGetValue(bucket, out var store) ? store : throw new InvalidOperationException("the storage is not ready");
        }
    }

    /// <summary>Makes or checks everything. Prefix, format and identity come first: nothing is touched that another home or a newer sidecar has written.</summary>
    /// <exception cref="StorageException">It cannot be as designed.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await HomeClaim.CheckStreamsAsync(JetStream, Names, Subjects, cancellationToken);
        var bridge = await EnsureBucketAsync(HomeBucket.Bridge, cancellationToken);
        await RefuseOtherAsync(bridge, cancellationToken);
        await BridgeIdentity.CheckFormatAsync(bridge, cancellationToken);
        await HomeClaim.ClaimAsync(bridge, Subjects.Root, cancellationToken);
        var id = await _identity.ReadOrMakeAsync(bridge, cancellationToken);
        _bridgeId ??= id;
        _identified.TrySetResult();
        Streams = await EnsureStreamsAsync(cancellationToken);
        foreach (var bucket in Enum.GetValues<HomeBucket>())
        {
            await EnsureBucketAsync(bucket, cancellationToken);
        }

        if (_ready.TrySetResult())
        {
            LogReady(id, Streams.Count);
        }
    }

    /// <summary>Whether this sidecar may still write: a newer one may have come meanwhile.</summary>
    /// <exception cref="StorageException">It has written.</exception>
    public async Task CheckFormatAsync(CancellationToken cancellationToken)
    {
        var bridge = Bucket(HomeBucket.Bridge);
        await BridgeIdentity.CheckFormatAsync(bridge, cancellationToken);
        if (_bridgeId is not null && await BridgeIdentity.FindAsync(bridge, cancellationToken) is null)
        {
            await _identity.ReadOrMakeAsync(bridge, cancellationToken);
        }
    }

    /// <summary>How often the store was empty although this data folder's home had one.</summary>
    public int Losses => _identity.Losses;

    public async Task<bool> IsThisHomeAsync(CancellationToken cancellationToken) =>
        _bridgeId is { } mine && await BridgeIdentity.FindAsync(Bucket(HomeBucket.Bridge), cancellationToken) == mine;

    /// <summary>Streams and buckets of ours that are no longer there: somebody deleted them, or the server lost its disk.</summary>
    public async Task<IReadOnlyList<string>> FindMissingAsync(CancellationToken cancellationToken)
    {
        var missing = Streams.Select(stream => stream.Info.Config.Name!)
            .Concat(BucketNames.Select(bucket => "KV_" + bucket))
            .ToHashSet(StringComparer.Ordinal);
        await foreach (var name in JetStream.ListStreamNamesAsync(cancellationToken: cancellationToken))
        {
            missing.Remove(name);
        }

        return [.. missing.Order(StringComparer.Ordinal)];
    }

    /// <summary>Streams that would store a command and answer it in the device's place; none, if all is well.</summary>
    public async Task<IReadOnlyList<string>> FindStreamsOnSetAsync(CancellationToken cancellationToken)
    {
        var found = new List<string>();
        await foreach (var name in JetStream.ListStreamNamesAsync(SampleSet, cancellationToken))
        {
            found.Add(name);
        }

        return found;
    }

    public async ValueTask EnsureThisHomeAsync(CancellationToken cancellationToken)
    {
        // Before asking: an answer that comes after the next reconnect says nothing of that one.
        var generation = _link.Generation;
        if (Interlocked.Read(ref _oursSince) == generation)
        {
            return;
        }

        if (!await IsThisHomeAsync(cancellationToken))
        {
            throw new NatsException("The store does not have this home's bridge id: nothing is read from it or written to it");
        }

        Interlocked.Exchange(ref _oursSince, generation);
    }

    /// <summary>A sidecar stays the home that it is, also its copy of the id: what came into the store's place is left alone.</summary>
    private async Task RefuseOtherAsync(INatsKVStore bridge, CancellationToken cancellationToken)
    {
        if (_bridgeId is { } mine && await BridgeIdentity.FindAsync(bridge, cancellationToken) is { } found && found != mine)
        {
            throw new StorageException($"The bridge id in KV became {found} while this sidecar runs as {mine}: the store is another home's, and is left alone. Restart the sidecar if it was exchanged on purpose.")
            {
                Repair = new Repair("other_home", "other_home", "error", new Dictionary<string, string>(StringComparer.Ordinal) { ["expected"] = mine, ["found"] = found }),
            };
        }
    }

    private async Task<IReadOnlyList<INatsJSStream>> EnsureStreamsAsync(CancellationToken cancellationToken)
    {
        var whole = await BudgetAsync(cancellationToken);
        _budget = Math.Min(_budget, whole);
        if (!_embedded.IsUsed)
        {
            await EnsureSmallAsync(Math.Min(whole, LeastBudget), cancellationToken);
        }

        while (true)
        {
            try
            {
                var streams = new List<INatsJSStream>();
                foreach (var planned in new StreamPlan(Names, Subjects, _budget).Streams)
                {
                    streams.Add(await _keeper.EnsureAsync(planned, keepsContents: _budget < whole, cancellationToken));
                }

                return streams;
            }
            catch (NatsJSApiException exception) when (StreamKeeper.IsTooLarge(exception) && _budget > LeastBudget)
            {
                // A server of others has its own limits, which it tells only by refusing.
                _budget /= 2;
                LogSmaller(_budget, exception.Message);
            }
            catch (NatsJSApiException exception) when (StreamKeeper.IsTooLarge(exception))
            {
                throw NoRoom(exception);
            }
        }
    }

    /// <summary>
    /// What is missing is made as small as it may be before anything grows: two homes that start on one account at the same moment would otherwise take half of it each for their first stream, and neither
    /// find room for its others, nor, all being reserved, be allowed to give some back.
    /// </summary>
    private async Task EnsureSmallAsync(long budget, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var planned in new StreamPlan(Names, Subjects, budget).Streams)
            {
                await _keeper.EnsureExistsAsync(planned, cancellationToken);
            }
        }
        catch (NatsJSApiException exception) when (StreamKeeper.IsTooLarge(exception))
        {
            throw NoRoom(exception);
        }
    }

    /// <summary>Tried again from the beginning: what is asked for after that is what there is room for then.</summary>
    private StorageException NoRoom(NatsJSApiException exception)
    {
        _budget = long.MaxValue;
        var needed = $"{LeastBudget >> 20}";
        return new StorageException($"NATS has no room for this home's streams, which need {needed} MiB at least ({exception.Message}). It is tried again: raise max_file_store of the server or the account's limit, or delete what nobody needs.")
        {
            Repair = new Repair("no_room", "no_room", "error", new Dictionary<string, string>(StringComparer.Ordinal) { ["needed"] = needed, ["reason"] = exception.Message }),
        };
    }

    private async Task<long> BudgetAsync(CancellationToken cancellationToken)
    {
        if (_embedded.IsUsed)
        {
            return _embedded.MaxFileStore;
        }

        var limit = (await JetStream.GetAccountInfoAsync(cancellationToken)).Limits.MaxStorage;
        return limit > 0 ? Math.Min(limit, StreamPlan.FullBudget) : StreamPlan.FullBudget;
    }

    private async Task<INatsKVStore> EnsureBucketAsync(HomeBucket bucket, CancellationToken cancellationToken)
    {
        var store = await _bucketKeeper.EnsureAsync(Buckets.Plan(bucket, Names, Subjects), cancellationToken);
        lock (_buckets)
        {
            // The first one stays: features keep it.
            return _buckets.TryGetValue(bucket, out var kept) ? kept : _buckets[bucket] = store;
        }
    }

    [LoggerMessage(1210, LogLevel.Information, "Storage is ready: bridge {BridgeId}, {Streams} streams")]
    private partial void LogReady(string bridgeId, int streams);

    [LoggerMessage(1211, LogLevel.Warning, "The server refuses to reserve that much; trying with {Budget} bytes in all: {Reason}")]
    private partial void LogSmaller(long budget, string reason);
}
