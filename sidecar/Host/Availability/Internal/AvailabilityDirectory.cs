using System.Collections.Concurrent;
using System.Collections.Immutable;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>
/// The room's door: hands events to the machine with their time, reads KV, and calls the listeners with what was read there.
/// </summary>
internal sealed partial class AvailabilityDirectory(
    AvailabilityMachine machine, IHomeStorage storage, MonotonicClock clock, TimeProvider time, ILogger<AvailabilityDirectory> log)
    : IDeviceAvailability, IAvailabilityControl, IStreamReader
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allRegistered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<DeviceId, bool> _unreadable = new();
    private readonly LogPause _pause = new(time);
    private ImmutableArray<IAvailabilityListener> _listeners = [];

    public event Action? BecameLeader;

    public Task Ready => _ready.Task;

    public bool IsLeader => machine.IsLeading;

    /// <summary>Completes with the first <see cref="AllRegistered"/>.</summary>
    public Task RegistryRead => _allRegistered.Task;

    /// <summary>How many entries of KV cannot be read.</summary>
    public int Unreadable => _unreadable.Count;

    public void SignOfLife(DeviceId id, TimeSpan age = default) => machine.SignOfLife(id, clock.Now, age);

    public void Health(DeviceId id, string? status, IReadOnlyCollection<string> healthKeys, TimeSpan age = default) =>
        machine.Health(id, status, healthKeys, clock.Now, age);

    public DeviceAvailability? Of(DeviceId id) => machine.StoredOf(id)?.Public;

    public IReadOnlyList<string> HealthKeysOf(DeviceId id) => machine.StoredOf(id)?.Health ?? [];

    public string? ConnectionOf(DeviceId id) =>
        machine.ConnectionOf(id) is { } connection ? $"{connection.Server}/{connection.Client}" : null;

    public void Register(DeviceId id, AvailabilityTerms terms) => machine.Register(id, terms, clock.Now);

    public void Forget(DeviceId id) => machine.Forget(id);

    public void AllRegistered() => _allRegistered.TrySetResult();

    public void Announced(DeviceId id, ConnectionId? connection) => machine.Announced(id, connection, clock.Now);

    public void SetConnection(DeviceId id, ConnectionId? connection) => machine.SetConnection(id, connection, clock.Now);

    public void Disconnected(DeviceId id) => machine.Disconnected(id, clock.Now);

    public IReadOnlyList<(DeviceId Id, ConnectionId? Connection)> Online() => machine.Online();

    public async Task RemoveAsync(DeviceId id, CancellationToken cancellationToken) =>
        await storage.Bucket(storage.Names.AvailabilityBucket).DeleteAsync(id.ToString(), cancellationToken: cancellationToken);

    public IDisposable Subscribe(IAvailabilityListener listener)
    {
        ImmutableInterlocked.Update(ref _listeners, static (all, one) => all.Add(one), listener);
        return new Subscription(this, listener);
    }

    /// <summary>This sidecar leads from now on.</summary>
    public void StartLeading(ulong fence)
    {
        machine.StartLeading(fence, clock.Now);
        BecameLeader?.Invoke();
    }

    public void Read(in StreamMessage message)
    {
        if (!DeviceId.TryParse(message.Key, out var id))
        {
            return;
        }

        _unreadable.TryRemove(id, out _);
        if (message.IsDeletion)
        {
            machine.StoredGone(id, message.Sequence);
        }
        else if (AvailabilityRecord.TryRead(message.Payload, out var record))
        {
            machine.Stored(id, record, message.Sequence, clock.Now);
        }
        else
        {
            // Its revision counts: what is decided next is written over it.
            _unreadable[id] = true;
            if (_pause.TryPass())
            {
                LogUnreadable(message.Key, Unreadable);
            }

            machine.Stored(id, record, message.Sequence, clock.Now);
        }

        foreach (var listener in _listeners)
        {
            listener.AvailabilityChanged(id);
        }
    }

    public void CaughtUp() => _ready.TrySetResult();

    [LoggerMessage(3303, LogLevel.Warning,
        "The stored availability of {Device} cannot be read; it counts as offline. {Count} are unreadable (logged once a minute)")]
    private partial void LogUnreadable(string device, int count);

    private sealed class Subscription(AvailabilityDirectory directory, IAvailabilityListener listener) : IDisposable
    {
        public void Dispose() =>
            ImmutableInterlocked.Update(ref directory._listeners, static (all, one) => all.Remove(one), listener);
    }
}
