using System.Collections.Concurrent;
using System.Globalization;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Reads the registry and the availability from KV and follows them there, so that a restart needs no device to speak and two sidecars see the same. After each reconnect everything
/// is read anew: what was deleted meanwhile is missing then, and nothing depends on how a watch survives a killed server.
/// </summary>
internal sealed partial class RegistryFollower : BackgroundService
{
    private readonly IHomeLink _link;
    private readonly IHomeStorage _storage;
    private readonly IStreamGuard _guard;
    private readonly DeviceRegistry _registry;
    private readonly RegistryRestorer _restorer;
    private readonly TimeProvider _time;
    private readonly ILogger<RegistryFollower> _log;
    private readonly TaskCompletionSource _devicesRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _availabilityRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _pass = new();
    private string? _trouble;
    private readonly ConcurrentDictionary<(HomeBucket Bucket, DeviceId Id), bool> _unreadable = new();

    public RegistryFollower(
        IHomeLink link, IHomeStorage storage, IStreamGuard guard, DeviceRegistry registry, RegistryRestorer restorer, TimeProvider time, ILogger<RegistryFollower> log)
    {
        (_link, _storage, _guard, _registry, _restorer, _time, _log) = (link, storage, guard, registry, restorer, time, log);
        Loaded = Task.WhenAll(_devicesRead.Task, _availabilityRead.Task);
    }

    /// <summary>Completes when both buckets have been read once.</summary>
    public Task Loaded { get; }

    /// <summary>How many entries of KV are no descriptions or no availability, as they stand there now.</summary>
    public int Unreadable => _unreadable.Count;

    /// <summary>Makes sure that the registry has at least this revision of a device: another sidecar has just stored it, and the watch may be on its way.</summary>
    public async Task EnsureAsync(DeviceId id, ulong revision, CancellationToken cancellationToken)
    {
        if (_registry.TryGetEntry(id, out var known) && known.Revision >= revision)
        {
            return;
        }

        var entry = await _storage.Bucket(HomeBucket.Devices)
            .TryGetEntryAsync<byte[]>(id.ToString(), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
        if (entry.Success)
        {
            DeviceEntryRead(entry.Value, id, anew: false);
        }
    }

    public override void Dispose()
    {
        _link.Changed -= OnLink;
        _pass.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _link.Changed += OnLink;
        await _storage.Ready.WaitAsync(stoppingToken);
        var devices = FollowAsync(HomeBucket.Devices, new DevicesReader(this), stoppingToken);
        var availability = FollowAsync(HomeBucket.Availability, new AvailabilityReader(this), stoppingToken);
        await Loaded.WaitAsync(stoppingToken);
        _registry.SetReady();
        LogReady(_registry.Count, _registry.EntityCount);
        await Services.RunTogetherAsync(stoppingToken, devices, availability, _restorer.RunAsync(stoppingToken));
    }

    private void OnLink(LinkChange change)
    {
        if (change.IsUp && change.Generation > 1)
        {
            var old = Interlocked.Exchange(ref _pass, new CancellationTokenSource());
            old.Cancel();
        }
    }

    private async Task FollowAsync(HomeBucket bucket, IEntryReader reader, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            using var pass = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, _pass.Token);
            try
            {
                await PassAsync(bucket, reader, pass.Token);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                if (_link.IsUp && Interlocked.Exchange(ref _trouble, e.Message) != e.Message)
                {
                    LogEnded(bucket, e.Message);
                }
            }
            catch (OperationCanceledException)
            {
                // Reconnected, or stopping.
            }

            // A reconnect, also one that ended the pass, ends the wait.
            await reader.BackOff.WaitAsync(pass.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PassAsync(HomeBucket bucket, IEntryReader reader, CancellationToken cancellationToken)
    {
        if (!await _storage.IsThisHomeAsync(cancellationToken))
        {
            throw new NatsException("The store does not have this home's bridge id: nothing is read from it");
        }

        var store = _storage.Bucket(bucket);
        var info = (await store.GetStatusAsync(cancellationToken)).Info;
        foreach (var key in _unreadable.Keys.Where(key => key.Bucket == bucket))
        {
            // Each pass counts anew: what was mended or deleted meanwhile is not met again.
            _unreadable.TryRemove(key, out _);
        }

        reader.Begin(info);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var guarding = _guard.WatchAsync(info.Config.Name!, info.Created, () => reader.Applied, session);
        try
        {
            await ReadAsync(store, reader, session.Token);
        }
        finally
        {
            await session.CancelAsync();
            await guarding;
        }
    }

    private async Task ReadAsync(INatsKVStore store, IEntryReader reader, CancellationToken cancellationToken)
    {
        var isFresh = true;
        var options = new NatsKVWatchOpts
        {
            OnNoData = _ =>
            {
                isFresh = false;
                End(reader);
                return ValueTask.FromResult(false);
            },
        };
        await foreach (var entry in store.WatchAsync<byte[]>(NatsRawSerializer<byte[]>.Default, options, cancellationToken))
        {
            reader.Applied = Math.Max(reader.Applied, entry.Revision);
            reader.Read(entry, isFresh);
            if (isFresh && entry.Delta == 0)
            {
                isFresh = false;
                End(reader);
            }
        }
    }

    private void End(IEntryReader reader)
    {
        Volatile.Write(ref _trouble, null);
        reader.BackOff.Reset();
        reader.End();
    }

    private void DeviceEntryRead(NatsKVEntry<byte[]> entry, DeviceId id, bool anew)
    {
        _unreadable.TryRemove((HomeBucket.Devices, id), out _);
        if (entry.Operation != NatsKVOperation.Put || entry.Value is null)
        {
            _registry.Remove(id, entry.Revision);
            return;
        }

        try
        {
            var description = DeviceDescription.FromStored(entry.Value);
            if (description.Id == id)
            {
                _registry.Apply(description, entry.Revision, anew);
                return;
            }

            LogUnreadable(entry.Key, $"it describes {description.Id}");
        }
        catch (FormatException e)
        {
            LogUnreadable(entry.Key, e.Message);
        }

        _unreadable[(HomeBucket.Devices, id)] = true;
    }

    private void AvailabilityEntryRead(NatsKVEntry<byte[]> entry, DeviceId id, bool anew)
    {
        _unreadable.TryRemove((HomeBucket.Availability, id), out _);
        if (entry.Operation != NatsKVOperation.Put || entry.Value is null)
        {
            _registry.RemoveAvailability(id, entry.Revision);
        }
        else if (AvailabilityRecord.TryRead(entry.Value, out var record))
        {
            _registry.ApplyAvailability(id, record with { StoredAt = entry.Created }, entry.Revision, anew);
        }
        else
        {
            _unreadable[(HomeBucket.Availability, id)] = true;
            LogUnreadable(entry.Key, "it is no availability");
        }
    }

    [LoggerMessage(3201, LogLevel.Information, "The registry is read: {Devices} devices with {Entities} entities")]
    private partial void LogReady(int devices, int entities);

    [LoggerMessage(3202, LogLevel.Warning, "Following {Bucket} ended and begins again: {Reason}")]
    private partial void LogEnded(HomeBucket bucket, string reason);

    [LoggerMessage(3203, LogLevel.Warning, "The stored entry {Key} is left out: {Reason}")]
    private partial void LogUnreadable(string key, string reason);

    private interface IEntryReader
    {
        /// <summary>How long it waits after a pass; begins anew when everything has been read.</summary>
        OutageBackOff BackOff { get; }

        /// <summary>The highest revision that was read.</summary>
        ulong Applied { get; set; }

        void Begin(StreamInfo info);

        void Read(NatsKVEntry<byte[]> entry, bool isFresh);

        void End();
    }

    private sealed class DevicesReader(RegistryFollower follower) : IEntryReader
    {
        private readonly Dictionary<DeviceId, ulong> _seen = [];
        private readonly HashSet<DeviceId> _lost = [];
        private IReadOnlyDictionary<DeviceId, ulong> _removed = new Dictionary<DeviceId, ulong>();
        private IReadOnlyDictionary<DeviceId, ulong> _before = new Dictionary<DeviceId, ulong>();
        private DateTimeOffset _created;
        private ulong _applied;

        public OutageBackOff BackOff { get; } = new(follower._time);

        public ulong Applied { get => Volatile.Read(ref _applied); set => Volatile.Write(ref _applied, value); }

        public void Begin(StreamInfo info)
        {
            _seen.Clear();
            _lost.Clear();
            var registry = follower._registry;
            if (_created != default && info.Created != _created)
            {
                registry.RevisionsLost(null);
            }
            else if (info.State.LastSeq < Math.Max(Applied, registry.Revisions().Values.DefaultIfEmpty().Max()))
            {
                // What this sidecar knows of these is newer than what KV still has.
                _lost.UnionWith(registry.RevisionsLost(info.State.LastSeq));
                _removed = registry.Removals();
            }

            _created = info.Created;
            Applied = 0;
            registry.Incarnation = info.Created.UtcTicks.ToString("x", CultureInfo.InvariantCulture);
            _before = registry.Revisions();
        }

        public void Read(NatsKVEntry<byte[]> entry, bool isFresh)
        {
            if (!DeviceId.TryParse(entry.Key, out var id))
            {
                return;
            }

            if (isFresh)
            {
                _seen[id] = entry.Revision;
            }

            if (isFresh && entry.Operation == NatsKVOperation.Put && _removed.TryGetValue(id, out var removed) && entry.Revision <= removed)
            {
                // The marker of its removal was in the end that KV has lost.
                follower._restorer.RemoveAgain(id);
            }
            else if (!isFresh || !_lost.Contains(id))
            {
                follower.DeviceEntryRead(entry, id, isFresh);
            }
        }

        public void End()
        {
            foreach (var (id, revision) in _before)
            {
                // Announced while this was being read: not missing, only too new.
                if (!follower._registry.TryGetEntry(id, out var now) || now.Revision != revision)
                {
                    continue;
                }

                if (revision == 0)
                {
                    follower._restorer.Restore(id, _seen.GetValueOrDefault(id));
                }
                else if (!_seen.ContainsKey(id))
                {
                    follower._registry.Remove(id, null);
                }
            }

            _before = new Dictionary<DeviceId, ulong>();
            _seen.Clear();
            _lost.Clear();
            _removed = new Dictionary<DeviceId, ulong>();
            follower._devicesRead.TrySetResult();
        }
    }

    private sealed class AvailabilityReader(RegistryFollower follower) : IEntryReader
    {
        private DateTimeOffset _created;
        private ulong _applied;

        public OutageBackOff BackOff { get; } = new(follower._time);

        public ulong Applied { get => Volatile.Read(ref _applied); set => Volatile.Write(ref _applied, value); }

        public void Begin(StreamInfo info)
        {
            // Nothing to compare but this: an availability without a device is nobody's, and a device without one is offline.
            if ((_created != default && info.Created != _created) || info.State.LastSeq < Applied)
            {
                follower._registry.AvailabilityLost();
            }

            _created = info.Created;
            Applied = 0;
        }

        public void Read(NatsKVEntry<byte[]> entry, bool isFresh)
        {
            if (DeviceId.TryParse(entry.Key, out var id))
            {
                follower.AvailabilityEntryRead(entry, id, isFresh);
            }
        }

        public void End() => follower._availabilityRead.TrySetResult();
    }
}
