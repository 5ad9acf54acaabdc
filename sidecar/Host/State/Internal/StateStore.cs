using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// The last known state of every entity in memory, and who listens. What comes from the streams is put in by the followers in stream order;
/// which entities there are, the registry says.
/// </summary>
internal sealed partial class StateStore : IStateStore, IDisposable
{
    /// <summary>How old an event may be to be told to a new listener.</summary>
    public static readonly TimeSpan EventsKept = TimeSpan.FromSeconds(30);

    /// <summary>How many events are kept for new listeners; beyond, the oldest is dropped.</summary>
    public const int MaxEventsKept = 10_000;

    private static readonly byte[] Unavailable = "\"unavailable\""u8.ToArray();

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly HomeSubjects _subjects;
    private readonly StateMetrics _metrics;
    private readonly ILogger<StateStore> _log;
    private readonly ExpiryWheel _wheel;
    private readonly ITimer _timer;
    private readonly Orphans _orphans;
    private readonly Dictionary<DeviceId, DeviceSlot> _devices = [];
    private readonly Queue<(DeviceEvent Occurred, long HeardAt)> _events = new();
    private readonly List<EntitySlot> _expired = [];
    private readonly TaskCompletionSource _statesRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _numbered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IStateListener[] _listeners = [];

    public StateStore(TimeProvider time, HomeSubjects subjects, StateMetrics metrics, ILogger<StateStore> log)
    {
        _time = time;
        _subjects = subjects;
        _metrics = metrics;
        _log = log;
        _wheel = new ExpiryWheel(time);
        _orphans = new Orphans(time);
        _sink = new SnapshotSink(this);
        _timer = time.CreateTimer(static state => ((StateStore)state!).Expire(), this, ExpiryWheel.Tick, ExpiryWheel.Tick);
        metrics.OrphansNow = CountOrphans;
        Ready = Task.WhenAll(_statesRead.Task, _numbered.Task);
    }

    public Task Ready { get; }

    /// <summary>Completes when the stored states have been read.</summary>
    public Task StatesRead => _statesRead.Task;

    /// <summary>How many devices and states there are, for health.</summary>
    public (int Devices, int States, int Orphans) Size
    {
        get
        {
            lock (_gate)
            {
                return (_devices.Count, _devices.Values.Sum(d => d.Entities.Values.Count(e => e.Value is not null)), _orphans.Lasting());
            }
        }
    }

    public void SetReady() => _statesRead.TrySetResult();

    public bool TryGet(EntityId entity, [NotNullWhen(true)] out EntityState? state)
    {
        lock (_gate)
        {
            if (_devices.TryGetValue(entity.Device, out var device) && device.Entities.TryGetValue(entity.Key, out var slot) && slot.Value is { } value)
            {
                state = StateOf(slot, value);
                return true;
            }
        }

        state = null;
        return false;
    }

    public IDisposable Subscribe(IStateListener listener)
    {
        lock (_gate)
        {
            foreach (var device in _devices.Values)
            {
                foreach (var slot in device.Entities.Values)
                {
                    if (slot.Value is { } value)
                    {
                        listener.StateChanged(new EntityState(slot.Id, value, slot.Seq));
                    }
                }
            }

            if (_numbering is { } numbering)
            {
                listener.EventsNumbered(numbering.Epoch, numbering.Last, numbering.End);
            }

            ForgetOldEvents();
            foreach (var (occurred, _) in _events)
            {
                listener.EventOccurred(occurred);
            }

            _listeners = [.. _listeners, listener];
        }

        return new Subscription(this, listener);
    }

    public IReadOnlyList<StateProblemSeen> ProblemsOf(DeviceId id)
    {
        lock (_gate)
        {
            return _devices.TryGetValue(id, out var device) ? device.Problems.Snapshot() : [];
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Unsubscribe(IStateListener listener)
    {
        lock (_gate)
        {
            _listeners = [.. _listeners.Where(l => !ReferenceEquals(l, listener))];
        }
    }

    private void TellChanged(EntitySlot slot)
    {
        if (_listeners.Length == 0)
        {
            return;
        }

        var state = StateOf(slot, slot.Value);
        foreach (var listener in _listeners)
        {
            listener.StateChanged(state);
        }
    }

    private static EntityState StateOf(EntitySlot slot, ReadOnlyMemory<byte> value) => new(slot.Id, value, slot.Seq);

    private void TellRemoved(EntityId entity)
    {
        foreach (var listener in _listeners)
        {
            listener.StateRemoved(entity);
        }
    }

    /// <summary>A value is older than its <c>expire_after</c>: the entity is unavailable until the next one, as Home Assistant's own expire_after.</summary>
    private void Expire()
    {
        lock (_gate)
        {
            _expired.Clear();
            _wheel.Advance(_expired);
            foreach (var slot in _expired)
            {
                if (slot.Value is null || slot.Value.AsSpan().SequenceEqual(Unavailable))
                {
                    continue;
                }

                slot.Value = Unavailable;
                _metrics.Expired++;
                TellChanged(slot);
            }
        }
    }

    private int CountOrphans()
    {
        lock (_gate)
        {
            return _orphans.Lasting();
        }
    }

    private void ForgetOldEvents()
    {
        while (_events.TryPeek(out var oldest) && (_events.Count > MaxEventsKept || _time.GetElapsedTime(oldest.HeardAt) > EventsKept))
        {
            _events.Dequeue();
        }
    }

    private sealed class Subscription(StateStore store, IStateListener listener) : IDisposable
    {
        public void Dispose() => store.Unsubscribe(listener);
    }
}
