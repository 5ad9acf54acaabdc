using System.Collections.Concurrent;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// A closed connection means offline (contract.md, "Online or offline"): hears DISCONNECT events, finds each announcer's connection, compares after each (re)connect and each change of
/// the judge. Without system credentials it does nothing. One loop owns the book; everything else posts to it.
/// </summary>
internal sealed partial class ConnectionWatcher : BackgroundService, IDeviceRegistryListener
{
    private const int Waiting = 8192;
    private readonly IHomeLink _link;
    private readonly IHomeStorage _storage;
    private readonly SystemRequests _requests;
    private readonly DeviceCredentials _credentials;
    private readonly DeviceRegistry _registry;
    private readonly RegistryFollower _follower;
    private readonly AnnouncedDevices _announced;
    private readonly AvailabilityJudge _judge;
    private readonly JudgeLease _lease;
    private readonly IRepairs _repairs;
    private readonly Subscriptions _subscriptions;
    private readonly MonotonicClock _clock;
    private readonly DiscoveryTimings _timings;
    private readonly TimeProvider _time;
    private readonly ILogger<ConnectionWatcher> _log;
    private readonly ConnectionBook _book = new();
    private readonly InboxCache _inboxes = new();
    private readonly ConcurrentQueue<DeviceId> _removed = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private string? _account;
    private int _compareWanted = 1;

    public ConnectionWatcher(
        IHomeLink link, IHomeStorage storage, SystemRequests requests, DeviceCredentials credentials, DeviceRegistry registry, RegistryFollower follower, AnnouncedDevices announced, AvailabilityJudge judge,
        JudgeLease lease, IRepairs repairs, Subscriptions subscriptions, MonotonicClock clock, DiscoveryTimings timings, TimeProvider time, ILogger<ConnectionWatcher> log)
    {
        (_link, _storage, _requests, _credentials, _registry, _follower, _announced, _judge) = (link, storage, requests, credentials, registry, follower, announced, judge);
        (_lease, _repairs, _subscriptions, _clock, _timings, _time, _log) = (lease, repairs, subscriptions, clock, timings, time, log);
        announced.LooksUp = link.System is not null;
    }

    /// <summary>Why the server could not be asked about connections the last time; null: it could.</summary>
    public string? Trouble { get; private set; }

    /// <summary>How many devices are on a known connection.</summary>
    public int Known => _book.Count;

    /// <summary>How many devices the comparison missed, and are given their time to come back.</summary>
    public int Missing => _book.MissingCount;

    private long Grace => (long)_timings.DisconnectGrace.TotalMilliseconds;

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <summary>Told with the registry's lock held, so the book is changed at the next tick.</summary>
    public void DeviceRemoved(DeviceId id) => _removed.Enqueue(id);

    public void DeviceChanged(RegisteredDevice device)
    {
        // Whom it is about, and no more, is what the book knows of a device.
    }

    public void AvailabilityChanged(RegisteredDevice device)
    {
        // What is decided here comes back from there.
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_link.System is not { } system)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken);
            return;
        }

        await _storage.Ready.WaitAsync(stoppingToken);
        await _follower.Loaded.WaitAsync(stoppingToken);
        using var listening = _registry.Subscribe(this);
        _lease.Acquired += WantComparison;
        _link.Changed += OnLink;
        system.ConnectionOpened += OnSystemOpened;
        try
        {
            await Services.RunTogetherAsync(
                stoppingToken,
                _subscriptions.RunAsync<byte[]>(
                    system, "$SYS.ACCOUNT.*.DISCONNECT", null, Waiting, m => DisconnectedAsync(m, stoppingToken), _log, stoppingToken),
                LookUpAsync(stoppingToken),
                TickAsync(stoppingToken));
        }
        finally
        {
            _lease.Acquired -= WantComparison;
            _link.Changed -= OnLink;
            system.ConnectionOpened -= OnSystemOpened;
        }
    }

    private void WantComparison() => Volatile.Write(ref _compareWanted, 1);

    private void OnLink(LinkChange change) => WantComparison();

    private ValueTask OnSystemOpened(object? sender, NatsEventArgs args)
    {
        WantComparison();
        return ValueTask.CompletedTask;
    }

    private async ValueTask DisconnectedAsync(NatsMsg<byte[]> message, CancellationToken stoppingToken)
    {
        if (!ConnzReader.TryReadDisconnect(message.Data, out var connection))
        {
            return;
        }

        await _turn.WaitAsync(stoppingToken);
        try
        {
            _inboxes.Drop(connection);
            _book.Closed(connection, _clock.Now + Grace);
            Settled(_book.Settle(connection));
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TickAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_timings.Tick, _time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await ForgetRemovedAsync(stoppingToken);
            if (!_link.IsUp)
            {
                continue;
            }

            if (_requests is { ServerCount: > 1, IsDue: true })
            {
                // A server that was killed says nothing of its connections.
                await TryAsync(FindServersAsync, stoppingToken);
            }

            if (Volatile.Read(ref _compareWanted) == 1 && await TryAsync(CompareAsync, stoppingToken))
            {
                LogCompared(_book.Count, _book.MissingCount);
            }
            else if (_book.IsWaiting)
            {
                await TryAsync(GiveUpAsync, stoppingToken);
            }
        }
    }

    private async Task ForgetRemovedAsync(CancellationToken cancellationToken)
    {
        while (_removed.TryDequeue(out var id))
        {
            // One that came back meanwhile is another device with the same name on, perhaps, the same connection: it stays.
            if (!_registry.TryGetEntry(id, out _))
            {
                _announced.Forget(id);
                await InTurnAsync(() => _book.Forget(id), cancellationToken);
                _repairs.Clear(RepairId(id));
            }
        }
    }

    private async Task FindServersAsync(CancellationToken cancellationToken)
    {
        if (await _requests.FindServersAsync(cancellationToken))
        {
            WantComparison();
        }
    }

    /// <summary>Events were missed while the link was down: compares with the connections that there are.</summary>
    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _compareWanted, 0);
        try
        {
            _account = null;
            var account = await AccountAsync(cancellationToken);
            await _requests.FindServersAsync(cancellationToken);
            var listed = await _requests.ConnectionsAsync(account, null, null, cancellationToken);
            var due = _clock.Now + (long)_timings.ReturnGrace.TotalMilliseconds;
            await InTurnAsync(
                () =>
                {
                    var all = _book.Open(listed);
                    var alive = all.Select(c => c.Id).ToHashSet();
                    _inboxes.Clear();
                    Restore();
                    Settled(_book.Settle(alive));

                    // Also who is online without a connection that anyone knows: the announcement that told it may have been heard by nobody who could ask.
                    Rebind([.. _book.Compare(alive, due), .. _judge.OnlineDevices().Where(id => _book.Of(id) is null)], all);
                    MissUnknown(due);
                },
                cancellationToken);
        }
        catch (Exception)
        {
            WantComparison();
            throw;
        }
    }

    /// <summary>Whose connection is gone for good, unless the server shows the device on another.</summary>
    private async Task GiveUpAsync(CancellationToken cancellationToken)
    {
        var (overdue, vanished) = await InTurnAsync(() => (_book.Overdue(_clock.Now), _book.Vanished(_clock.Now)), cancellationToken);
        if (overdue.Count + vanished.Count == 0)
        {
            return;
        }

        var all = await _requests.ConnectionsAsync(await AccountAsync(cancellationToken), null, null, cancellationToken);
        await InTurnAsync(
            () =>
            {
                Rebind([.. overdue, .. vanished], _book.Open(all));
                var gone = _book.Overdue(_clock.Now).Intersect(overdue).Concat(vanished.Where(id => _book.Of(id) is null)).ToList();
                foreach (var id in gone.Where(id => !_announced.IsWaiting(id)))
                {
                    // On a connection that nobody can tell from others it may still speak.
                    var isBack = _book.Of(id) is null && !vanished.Contains(id) && _judge.ConfirmIfHeard(id);
                    _book.GiveUp(id);
                    if (!isBack)
                    {
                        _judge.Disconnected(id, _clock.Now);
                    }
                }
            },
            cancellationToken);
    }

    /// <summary>
    /// Who counts as online from before the servers were started had a connection that ended with them, known or not (its record may have been written before anyone had looked, or come back with an older
    /// store): it has as long to come back as those whose connection is known.
    /// </summary>
    private void MissUnknown(long due)
    {
        if (_requests.OldestStart is { } start)
        {
            foreach (var id in _judge.OnlineSinceBefore(start))
            {
                _book.Missing(id, due);
            }
        }
    }

    /// <summary>After a restart the book is empty: who was online, and where, stands in KV.</summary>
    private void Restore()
    {
        foreach (var (id, connection) in _judge.Connections())
        {
            if (_book.Of(id) is null)
            {
                _book.Bind(id, connection);
            }
        }
    }

    private void Rebind(IReadOnlyCollection<DeviceId> devices, IReadOnlyCollection<ClientConnection> all)
    {
        if (devices.Count == 0)
        {
            return;
        }

        var logins = _credentials.Read();
        foreach (var id in devices)
        {
            if (ConnectionMatch.Of(logins(id), _storage.Subjects.SetOf(id), all) is { } found)
            {
                _book.Bind(id, found.Id);
                _judge.OnConnection(id, found.Id, _clock.Now);
            }
        }
    }

    private void Settled(IReadOnlyList<DeviceId> devices)
    {
        foreach (var id in devices)
        {
            _repairs.Clear(RepairId(id));
        }
    }

    private async Task<string> AccountAsync(CancellationToken cancellationToken) =>
        _account ??= await _requests.FindAccountAsync(cancellationToken) ?? throw new NatsException("The server does not say which account this sidecar is in");

    private async Task<bool> TryAsync(Func<CancellationToken, Task> action, CancellationToken stoppingToken)
    {
        try
        {
            await action(stoppingToken);
            Trouble = null;
            return true;
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // Whatever it is: the loops must go on, and the health report must say so.
            Trouble = e.Message;
            LogFailed(e.Message);
            return false;
        }
    }

    private Task<bool> InTurnAsync(Action action, CancellationToken cancellationToken) => InTurnAsync(
        () =>
        {
            action();
            return true;
        },
        cancellationToken);

    private async Task<T> InTurnAsync<T>(Func<T> action, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return action();
        }
        finally
        {
            _turn.Release();
        }
    }

    private static string RepairId(DeviceId id) => $"duplicate_device.{id}";

    [LoggerMessage(3701, LogLevel.Debug, "Connections compared: {Known} devices are on a known one, {Missing} are missing")]
    private partial void LogCompared(int known, int missing);

    [LoggerMessage(3702, LogLevel.Warning, "Two open connections announce {Device}: {First} and {Second}; the second wins")]
    private partial void LogDuplicate(string device, string first, string second);

    [LoggerMessage(3703, LogLevel.Debug, "The server could not be asked about connections, tried again: {Reason}")]
    private partial void LogFailed(string reason);
}
