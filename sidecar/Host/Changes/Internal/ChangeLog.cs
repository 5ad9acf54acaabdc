using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>
/// The changes, numbered by one counter. Writers and readers meet under one lock, under which only code of this room runs.
/// </summary>
internal sealed class ChangeLog : IChanges, IDeviceRegistryListener, IStateListener
{
    /// <summary>How many removed devices are remembered; a reader that is older gets everything.</summary>
    public const int RemovalsRetained = 10_000;

    /// <summary>How many events are retained at most; beyond, the oldest is dropped and counted.</summary>
    public const int EventsRetained = 10_000;

    /// <summary>How many cleared issues are remembered; a reader that is older gets everything.</summary>
    public const int ClearedIssuesRetained = 1_000;

    /// <summary>How old an event may be for a reader that comes back.</summary>
    public static readonly TimeSpan EventsResumable = TimeSpan.FromSeconds(30);

    /// <summary>How long events are retained for a reader that is slow: longer than a client may be slow.</summary>
    public static readonly TimeSpan EventsHeld = TimeSpan.FromSeconds(90);

    private static readonly byte[] Unknown = "null"u8.ToArray();

    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly Dictionary<DeviceId, DeviceNode> _devices = [];
    private readonly Dictionary<string, IssueNode> _issues = new(StringComparer.Ordinal);
    private ChangeReader[] _readers = [];
    private IReadOnlyList<LinkState> _links = [];
    private string? _eventEpoch;
    private ulong _firstNewEvent;
    private ulong _lastEvent;
    private long _eventsDropped;
    private long _forgotten;

    public ChangeLog(TimeProvider time, string epoch)
    {
        _time = time;
        Epoch = epoch;
        Lists = [Issues, ClearedIssues, Devices, Removed, Availability, Events, States];
        SetLinks([new LinkState("nats", false)]);
    }

    public Task Ready => _ready.Task;

    public string Epoch { get; }

    public IReadOnlyList<LinkState> Links => Volatile.Read(ref _links);

    IReadOnlyList<IssueEntry> IChanges.Issues
    {
        get
        {
            lock (Gate)
            {
                return [.. _issues.Values.Where(issue => issue.Active).Select(EntryOf)];
            }
        }
    }

    public ChangeCounts Counts
    {
        get
        {
            lock (Gate)
            {
                return new ChangeCounts(Devices.Count, States.Count, Removed.Count, Events.Count, _eventsDropped, Seq);
            }
        }
    }

    public Lock Gate { get; } = new();

    public ChangeList Issues { get; } = new(0);

    public ChangeList ClearedIssues { get; } = new(1);

    public ChangeList Devices { get; } = new(2);

    /// <summary>Removed devices that are not announced again.</summary>
    public ChangeList Removed { get; } = new(3);

    public ChangeList Availability { get; } = new(4);

    public ChangeList Events { get; } = new(5);

    public ChangeList States { get; } = new(6);

    public ChangeList[] Lists { get; }

    public long LinksSeq { get; private set; }

    public long Seq { get; private set; }

    /// <summary>Numbers the batches, for <see cref="DeviceNode.PutInto"/>.</summary>
    public long Batch { get; set; }

    public static IssueEntry EntryOf(IssueNode issue) =>
        new(issue.Repair.Id, issue.Repair.Key, issue.Repair.Severity, issue.Repair.Placeholders, issue.Active);

    public DeviceNode? Find(DeviceId id) => _devices.GetValueOrDefault(id);

    public ChangeReader Read(ListenRequest from)
    {
        lock (Gate)
        {
            var resumes = from.Epoch == Epoch && from.Since is { } since && since > 0 && since <= Seq && since >= _forgotten;
            var (eventsAfter, position) = EventsAfter(from);
            var reader = new ChangeReader(this, resumes ? from.Since!.Value : 0, eventsAfter, position);
            _readers = [.. _readers, reader];
            return reader;
        }
    }

    public void Detach(ChangeReader reader)
    {
        lock (Gate)
        {
            _readers = [.. _readers.Where(other => other != reader)];
        }
    }

    /// <summary>Registry and states have been read.</summary>
    /// <param name="removed">The devices that the registry remembers as removed, oldest first.</param>
    public void SetReady(IReadOnlyList<DeviceId> removed)
    {
        lock (Gate)
        {
            foreach (var id in removed)
            {
                // Whatever the registry has reported meanwhile is newer.
                if (NodeOf(id) is { Device: null, List: null } node)
                {
                    Remove(node);
                }
            }
        }

        _ready.TrySetResult();
    }

    public void DeviceChanged(RegisteredDevice device)
    {
        lock (Gate)
        {
            var node = NodeOf(device.Description.Id);
            var before = node.Device;
            var isKnown = node.List is not null;
            node.Device = device;
            ChangeList.Remove(node.Availability);
            Devices.MoveToEnd(node, ++Seq);
            MatchStates(node, device, before, isKnown);
        }

        WakeReaders();
    }

    public void AvailabilityChanged(RegisteredDevice device)
    {
        lock (Gate)
        {
            if (Find(device.Description.Id) is not { Device: { } known } node)
            {
                return;
            }

            node.Device = known with { Availability = device.Availability };
            Availability.MoveToEnd(node.Availability, ++Seq);
        }

        WakeReaders();
    }

    public void DeviceRemoved(DeviceId id)
    {
        lock (Gate)
        {
            Remove(NodeOf(id));
        }

        WakeReaders();
    }

    public void StateChanged(EntityState state)
    {
        lock (Gate)
        {
            var device = NodeOf(state.Entity.Device);
            if (!device.States.TryGetValue(state.Entity.Key, out var node))
            {
                device.States[state.Entity.Key] = node = new StateNode(state.Entity);
            }

            node.Value = state.Value;
            if (!IsDeclared(device, state.Entity.Key))
            {
                return;
            }

            States.MoveToEnd(node, ++Seq);
        }

        if (!state.IsAhead)
        {
            WakeReaders();
        }
    }

    public void AheadTold()
    {
        foreach (var reader in Volatile.Read(ref _readers))
        {
            reader.Wake(inline: true);
        }
    }

    public void StateRemoved(EntityId entity)
    {
        lock (Gate)
        {
            if (!_devices.TryGetValue(entity.Device, out var device) || !device.States.TryGetValue(entity.Key, out var node))
            {
                return;
            }

            // A reader that still has the entity must see that its state is gone; one that has lost it with its device must not.
            if (IsDeclared(device, entity.Key))
            {
                node.Value = Unknown;
                States.MoveToEnd(node, ++Seq);
            }
            else
            {
                ChangeList.Remove(node);
                device.States.Remove(entity.Key);
                Forget(device);
                return;
            }
        }

        WakeReaders();
    }

    public void EventsNumbered(string epoch, ulong last, ulong end)
    {
        lock (Gate)
        {
            _eventEpoch = epoch;

            // A reader that comes for the first time gets none of the past, not even what is only now being read.
            _lastEvent = _firstNewEvent = end;
        }
    }

    public void EventOccurred(DeviceEvent occurred)
    {
        lock (Gate)
        {
            var now = _time.GetTimestamp();
            _lastEvent = Math.Max(_lastEvent, occurred.StreamSequence);
            Events.MoveToEnd(new EventNode(occurred, now), ++Seq);
            while (Events.First is EventNode oldest
                && (Events.Count > EventsRetained || _time.GetElapsedTime(oldest.ReceivedAt, now) > EventsHeld))
            {
                _eventsDropped += Events.Count > EventsRetained ? 1 : 0;
                ChangeList.Remove(oldest);
            }
        }

        WakeReaders();
    }

    public void IssueChanged(Repair repair, bool active)
    {
        lock (Gate)
        {
            if (!_issues.TryGetValue(repair.Id, out var node))
            {
                if (!active)
                {
                    return;
                }

                _issues[repair.Id] = node = new IssueNode { Repair = repair, Active = true };
            }

            node.Repair = repair;
            node.Active = active;
            (active ? Issues : ClearedIssues).MoveToEnd(node, ++Seq);
            if (ForgetOldest(ClearedIssues, ClearedIssuesRetained) is IssueNode forgotten)
            {
                _issues.Remove(forgotten.Repair.Id);
            }
        }

        WakeReaders();
    }

    /// <summary>All links outwards; no-op if unchanged.</summary>
    public void SetLinks(IReadOnlyList<LinkState> links)
    {
        lock (Gate)
        {
            if (links.SequenceEqual(_links))
            {
                return;
            }

            Volatile.Write(ref _links, links);
            LinksSeq = ++Seq;
        }

        WakeReaders();
    }

    private static bool IsDeclared(DeviceNode node, string key) =>
        node.Device is { } device && device.Description.TryGetEntity(key, out _);

    private DeviceNode NodeOf(DeviceId id)
    {
        if (!_devices.TryGetValue(id, out var node))
        {
            _devices[id] = node = new DeviceNode(id);
        }

        return node;
    }

    private void Remove(DeviceNode node)
    {
        node.Device = null;
        foreach (var state in node.States.Values)
        {
            ChangeList.Remove(state);
        }

        node.States.Clear();
        ChangeList.Remove(node.Availability);
        Removed.MoveToEnd(node, ++Seq);
        if (ForgetOldest(Removed, RemovalsRetained) is DeviceNode forgotten)
        {
            Forget(forgotten);
        }
    }

    /// <summary>
    /// After a new description: states of keys that are gone are dropped, states that came before their key are there now, and a
    /// key that was not there before starts as unknown (a reader that missed the time without it would go on with the old
    /// state).
    /// </summary>
    private void MatchStates(DeviceNode node, RegisteredDevice device, RegisteredDevice? before, bool isKnown)
    {
        foreach (var (key, state) in node.States)
        {
            if (!device.Description.TryGetEntity(key, out _))
            {
                ChangeList.Remove(state);
                node.States.Remove(key);
            }
            else if (state.List is null)
            {
                States.MoveToEnd(state, ++Seq);
            }
        }

        if (!isKnown)
        {
            return;
        }

        foreach (var entity in device.Description.Entities)
        {
            if (!node.States.ContainsKey(entity.Key) && before?.Description.TryGetEntity(entity.Key, out _) != true)
            {
                var unknown = new StateNode(new EntityId(node.Id, entity.Key)) { Value = Unknown };
                node.States[entity.Key] = unknown;
                States.MoveToEnd(unknown, ++Seq);
            }
        }
    }

    private void Forget(DeviceNode node)
    {
        if (node is { Device: null, List: null, States.Count: 0 })
        {
            _devices.Remove(node.Id);
        }
    }

    /// <summary>Drops the oldest where there are too many: a returning reader that is older than that gets everything.</summary>
    private ChangeNode? ForgetOldest(ChangeList list, int retained)
    {
        if (list.Count <= retained)
        {
            return null;
        }

        var oldest = list.First!;
        _forgotten = Math.Max(_forgotten, oldest.Seq);
        ChangeList.Remove(oldest);
        return oldest;
    }

    /// <summary>After which change a reader has its first event, and where it stands then.</summary>
    private (long After, EventPosition? Position) EventsAfter(ListenRequest from)
    {
        if (_eventEpoch is null || from.LastEvent is not { } seen)
        {
            return (Seq, _eventEpoch is null ? null : new EventPosition(_eventEpoch, _lastEvent));
        }

        if (from.EventEpoch is { } epoch && epoch != _eventEpoch)
        {
            // Numbers of another stream say nothing here.
            seen = 0;
        }
        else if (seen > _lastEvent)
        {
            // The stream lost its end (a power cut, an older backup) and gives these numbers again: what came since the start is
            // new.
            seen = _firstNewEvent;
        }

        var after = 0L;
        var now = _time.GetTimestamp();
        for (var node = Events.Last; node is EventNode occurred; node = node.Previous)
        {
            if (occurred.Event.StreamSequence <= seen || _time.GetElapsedTime(occurred.ReceivedAt, now) > EventsResumable)
            {
                after = node.Seq;
                break;
            }
        }

        return (after, new EventPosition(_eventEpoch, seen));
    }

    private void WakeReaders()
    {
        foreach (var reader in Volatile.Read(ref _readers))
        {
            reader.Wake(inline: false);
        }
    }
}
