using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// The last known state of every entity in memory, and its listeners. The followers put in what the streams have, in stream
/// order; the registry determines which entities there are. One lock guards all parts; listeners are called without it.
/// </summary>
internal sealed partial class StateStore : IStateStore, IDeviceRegistryListener, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Notifications _notifications = new();
    private readonly StateTable _table;
    private readonly StateUpdater _states;
    private readonly DescriptionUpdater _descriptions;
    private readonly Orphans _orphans;
    private readonly RecentEvents _events;
    private readonly StateMetrics _metrics;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _statesRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _eventsNumbered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Unbounded, but filled only by changes of the registry, one request each.
    private readonly Channel<BackfillRequest> _backfill =
        Channel.CreateUnbounded<BackfillRequest>(new UnboundedChannelOptions { SingleReader = true });
    private Action<IStateListener>? _numbering;

    public StateStore(HomeLayout home, TimeProvider time, StateMetrics metrics, ILogger<StateStore> log)
    {
        _metrics = metrics;
        _table = new StateTable(home.Subjects);
        _orphans = new Orphans(time);
        _events = new RecentEvents(time);
        var expiry = new ExpiryWheel(time);
        _states = new StateUpdater(_table, expiry, _orphans, _notifications, metrics, log);
        _descriptions = new DescriptionUpdater(_table, _states, _orphans, time);
        Ready = Task.WhenAll(_statesRead.Task, _eventsNumbered.Task);
        metrics.OrphansNow = () => Size.Orphans;
        _timer = time.CreateTimer(_ => Change(_states.Expire), null, ExpiryWheel.Tick, ExpiryWheel.Tick);
    }

    public Task Ready { get; }

    /// <summary>Completes when the stored states have been read and every listener has been called with them.</summary>
    public Task StatesRead => _statesRead.Task;

    /// <summary>What must be read again from the streams, in order.</summary>
    public ChannelReader<BackfillRequest> Backfill => _backfill.Reader;

    /// <summary>How many devices, states and lasting orphans there are.</summary>
    public (int Devices, int States, int Orphans) Size
    {
        get
        {
            lock (_gate)
            {
                return (_table.Devices.Count, _table.Entities.Count(slot => slot.State is not null), _orphans.Lasting());
            }
        }
    }

    /// <summary>States of devices that nobody announced, for a minute or longer, the oldest first.</summary>
    public IReadOnlyList<Orphan> Unannounced
    {
        get
        {
            IReadOnlyList<Orphan> found;
            lock (_gate)
            {
                found = _orphans.Unannounced(_table.Devices.ContainsKey);
            }

            return [.. found.OrderBy(one => one.Since).ThenBy(one => one.Subject, StringComparer.Ordinal)];
        }
    }

    public bool TryGet(EntityId entity, [NotNullWhen(true)] out EntityState? state)
    {
        lock (_gate)
        {
            state = _table.Find(entity)?.State;
        }

        return state is not null;
    }

    public IReadOnlyList<StateProblemSeen> ProblemsOf(DeviceId id)
    {
        lock (_gate)
        {
            return _table.Devices.TryGetValue(id, out var device) ? device.Problems.Snapshot() : [];
        }
    }

    public void NoteProblem(DeviceId id, StateProblem problem)
    {
        lock (_gate)
        {
            if (_table.Devices.TryGetValue(id, out var device))
            {
                _states.NoteProblem(device, problem);
            }
        }
    }

    public IDisposable Subscribe(IStateListener listener)
    {
        Task delivered;
        lock (_gate)
        {
            var states = _table.Entities.Select(slot => slot.State).OfType<EntityState>().ToArray();
            var (numbering, events) = (_numbering, _events.All());
            _notifications.Call(listener, one =>
            {
                Array.ForEach(states, one.StateChanged);
                numbering?.Invoke(one);
                foreach (var occurred in events)
                {
                    one.EventOccurred(occurred);
                }
            });
            _notifications.Add(listener);
            delivered = _notifications.Delivered();
        }

        _notifications.Deliver();

        // Another thread may be delivering; it holds nothing that this one has.
        delivered.GetAwaiter().GetResult();
        return new Subscription(this, listener);
    }

    /// <summary>Applies a message of HOME_STATE or HOME_TELEMETRY.</summary>
    /// <param name="message">The message.</param>
    /// <param name="again">Which entities it is read again for; null: the next message of its stream.</param>
    public Applied Apply(in StateMessage message, ReadAgain? again = null)
    {
        Applied applied;
        lock (_gate)
        {
            applied = _states.Apply(message, again);
            if (again is null && JudgeLocked(message) is { } surplus)
            {
                _metrics.OverBudget++;
                _surplus.Writer.TryWrite(surplus);
            }
        }

        _notifications.Deliver();
        return applied;
    }

    /// <summary>The sequences of the states that may expire and of which only a copy has been read.</summary>
    public IReadOnlyCollection<ulong> Copies
    {
        get
        {
            lock (_gate)
            {
                return _states.Copies;
            }
        }
    }

    /// <summary>The states of a message are at least so old; null: no more is known than the copy's age.</summary>
    public void SetAge(ulong sequence, TimeSpan? age) => Change(() => _states.SetAge(sequence, age));

    /// <summary>All that was stored has been read.</summary>
    public async Task SetReadAsync()
    {
        Task delivered;
        lock (_gate)
        {
            delivered = _notifications.Delivered();
        }

        _notifications.Deliver();
        await delivered;
        _statesRead.TrySetResult();
    }

    public void NumberEvents(string epoch, ulong end)
    {
        Change(() =>
        {
            _numbering = listener => listener.EventsNumbered(epoch, end);
            _notifications.Call(_numbering);
        });
        _eventsNumbered.TrySetResult();
    }

    /// <summary>
    /// The next event. One that waited longer than <see cref="RecentEvents.Retained"/> while the connection was lost reaches no
    /// listener: a doorbell of an hour ago must not ring now (docs/devices.md, "State").
    /// </summary>
    /// <returns>The registered device that it came from; null when it is of none.</returns>
    public DeviceId? ApplyEvent(in StreamMessage message)
    {
        DeviceId? device;
        lock (_gate)
        {
            var target = _table.TargetOf(message.Subject);
            if (target is not { Subject.Kind: DeviceSubjectKind.Event, Subject.Key: { } key, Device: { } slot })
            {
                return null;
            }

            device = slot.Id;
            if (!slot.Description.TryGetEntity(key, out var entity) || !entity.IsEvent)
            {
                _metrics.Undeclared++;
            }
            else if (!EventReader.TryRead(entity, message.Payload, out var reading, out var problem))
            {
                _states.NoteProblem(slot, problem);
            }
            else if (message.Age > RecentEvents.Retained)
            {
                _metrics.LateEvents++;
            }
            else
            {
                var id = new EntityId(slot.Id, key);
                var occurred = new DeviceEvent(id, reading.EventType, reading.Attributes, message.Sequence, message.StoredAt);
                _metrics.Events++;
                _events.Add(occurred);
                _notifications.Call(listener => listener.EventOccurred(occurred));
            }
        }

        _notifications.Deliver();
        return device;
    }

    public void DeviceChanged(RegisteredDevice device) => Change(() =>
    {
        if (_descriptions.Change(device.Description) is { } request)
        {
            _backfill.Writer.TryWrite(request);
        }
        else
        {
            _notifications.Call(listener => listener.StatesComplete(device.Description));
        }
    });

    /// <summary>The states of a description have been read from the streams.</summary>
    public void SetComplete(DeviceDescription description) =>
        Change(() => _notifications.Call(listener => listener.StatesComplete(description)));

    public void DeviceRemoved(DeviceId id) => Change(() =>
    {
        _descriptions.Remove(id);
        _budget.Redeclared(id, IsDeclared);
    });

    public void AvailabilityChanged(RegisteredDevice device)
    {
        // A state is the last one known, whether its device is online or not.
    }

    public void Dispose() => _timer.Dispose();

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
        }

        _notifications.Deliver();
    }

    private sealed class Subscription(StateStore store, IStateListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (store._gate)
            {
                store._notifications.Remove(listener);
            }
        }
    }
}
