using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>
/// Everything that a client may be told, numbered by one counter (protocol.md, "Listen"). Each thing stands in it once, at the place of its last change,
/// so the log is as large as the home and not as its traffic, and a client is only a few numbers: however slow it is, it costs nothing,
/// misses no device, removal or event, and finds the newest state of each entity.
/// </summary>
internal sealed partial class ChangeLog : IDeviceRegistryListener, IStateListener
{
    /// <summary>How many removals are kept; a client that is older gets everything.</summary>
    public const int RemovalsKept = 10_000;

    /// <summary>How many events are kept at most; beyond, the oldest is dropped and counted.</summary>
    public const int EventsKept = 10_000;

    /// <summary>How many mended issues are kept; beyond, the oldest is dropped as a removal is.</summary>
    public const int MendedIssuesKept = 1_000;

    /// <summary>How old an event may be when a client comes back to it.</summary>
    public static readonly TimeSpan EventsResumable = TimeSpan.FromSeconds(30);

    /// <summary>How long events are kept for a connected client that reads slowly: longer than it may be slow.</summary>
    public static readonly TimeSpan EventsHeld = TimeSpan.FromSeconds(90);

    private static readonly byte[] Unknown = "null"u8.ToArray();

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<DeviceId, DeviceRecord> _devices = [];
    private readonly Dictionary<string, IssueNode> _issuesById = new(StringComparer.Ordinal);
    private readonly Queue<RemovalNode> _removals = new();
    private readonly LogList _structure = new();
    private readonly LogList _states = new();
    private readonly LogList _events = new();
    private readonly LogList _issues = new();
    private readonly LogList _links = new();
    private readonly LinksNode _linksNode = new();
    private IChangeLogReader[] _readers = [];
    private EventPosition? _era;
    private ulong _lastEvent;
    private ulong _firstNew;
    private int _announced;
    private long _seq;
    private long _forgotten;
    private long _batch;
    private long _eventsDropped;

    public ChangeLog(TimeProvider time, string epoch)
    {
        _time = time;
        Epoch = epoch;
        SetLinks([new LinkState("nats", false)]);
    }

    /// <summary>Random per start: numbers of another start mean nothing here.</summary>
    public string Epoch { get; }

    /// <summary>How many events were dropped before every client had them.</summary>
    public long EventsDropped => Interlocked.Read(ref _eventsDropped);

    /// <summary>How many devices, entities with a state, removals and events it holds: for diagnostics.</summary>
    public (int Devices, int States, int Removals, int Events, long Seq) Size
    {
        get
        {
            lock (_gate)
            {
                return (_announced, _states.Count, _removals.Count, _events.Count, _seq);
            }
        }
    }

    public void DeviceChanged(RegisteredDevice device)
    {
        lock (_gate)
        {
            var record = RecordOf(device.Description.Id);
            var before = record.Device;
            record.Device = device;
            _announced += before is null ? 1 : 0;
            _structure.Remove(record.AvailabilityNode);
            _structure.MoveToEnd(record.Node, ++_seq);
            MatchStates(record, before);
            WakeReaders();
        }
    }

    public void AvailabilityChanged(RegisteredDevice device)
    {
        lock (_gate)
        {
            var record = RecordOf(device.Description.Id);
            if (record.Device is null)
            {
                return;
            }

            record.Device = record.Device with { Availability = device.Availability };
            _structure.MoveToEnd(record.AvailabilityNode, ++_seq);
            WakeReaders();
        }
    }

    public void DeviceRemoved(DeviceId id)
    {
        lock (_gate)
        {
            if (!_devices.Remove(id, out var record) || record.Device is null)
            {
                return;
            }

            _announced--;
            _structure.Remove(record.Node);
            _structure.Remove(record.AvailabilityNode);
            foreach (var state in record.States.Values)
            {
                _states.Remove(state);
            }

            var removal = new RemovalNode(id);
            _structure.MoveToEnd(removal, ++_seq);
            _removals.Enqueue(removal);
            if (_removals.Count > RemovalsKept)
            {
                Forget(_structure, _removals.Dequeue());
            }

            WakeReaders();
        }
    }

    public void StateChanged(EntityState state)
    {
        lock (_gate)
        {
            var record = RecordOf(state.Entity.Device);
            if (!record.States.TryGetValue(state.Entity.Key, out var node))
            {
                record.States[state.Entity.Key] = node = new StateNode(state.Entity);
            }

            node.Value = state.Value;
            if (record.Device is not null && record.Device.Description.TryGetEntity(state.Entity.Key, out _))
            {
                _states.MoveToEnd(node, ++_seq);
                if (!state.IsAhead)
                {
                    WakeReaders();
                }
            }
        }
    }

    public void AheadTold()
    {
        foreach (var reader in Volatile.Read(ref _readers))
        {
            reader.Wake(here: true);
        }
    }

    public void StateRemoved(EntityId entity)
    {
        lock (_gate)
        {
            if (!_devices.TryGetValue(entity.Device, out var record) || !record.States.TryGetValue(entity.Key, out var node))
            {
                return;
            }

            // A client that still has the entity must hear that its state is gone; one that has lost it with its device must not.
            if (record.Device is not null && record.Device.Description.TryGetEntity(entity.Key, out _))
            {
                node.Value = Unknown;
                _states.MoveToEnd(node, ++_seq);
                WakeReaders();
                return;
            }

            _states.Remove(node);
            record.States.Remove(entity.Key);
            if (record.Device is null && record.States.Count == 0)
            {
                _devices.Remove(entity.Device);
            }
        }
    }

    public void EventsNumbered(string epoch, ulong last, ulong end)
    {
        lock (_gate)
        {
            _era = new EventPosition(epoch, last);

            // A client that comes for the first time hears none of the past, not even what is only just being read.
            _lastEvent = end;
            _firstNew = end;
        }
    }

    public void EventOccurred(DeviceEvent occurred)
    {
        lock (_gate)
        {
            var now = _time.GetTimestamp();
            _lastEvent = Math.Max(_lastEvent, occurred.StreamSequence);
            _events.MoveToEnd(new EventNode(occurred, _era, now), ++_seq);
            while (_events.First is EventNode oldest
                && (_events.Count > EventsKept || _time.GetElapsedTime(oldest.HeardAt, now) > EventsHeld))
            {
                if (_events.Count > EventsKept)
                {
                    Interlocked.Increment(ref _eventsDropped);
                }

                _events.Remove(oldest);
            }

            WakeReaders();
        }
    }

    public void IssueChanged(Repair repair, bool active)
    {
        lock (_gate)
        {
            if (!_issuesById.TryGetValue(repair.Id, out var node))
            {
                if (!active)
                {
                    return;
                }

                _issuesById[repair.Id] = node = new IssueNode { Repair = repair, Active = true };
            }

            node.Repair = repair;
            node.Active = active;
            _issues.MoveToEnd(node, ++_seq);
            ForgetMendedIssues();
            WakeReaders();
        }
    }

    /// <summary>All links outwards; telling the same again tells nobody.</summary>
    public void SetLinks(IReadOnlyList<LinkState> links)
    {
        lock (_gate)
        {
            if (links.SequenceEqual(_linksNode.Links))
            {
                return;
            }

            _linksNode.Links = links;
            _links.MoveToEnd(_linksNode, ++_seq);
            WakeReaders();
        }
    }

    private DeviceRecord RecordOf(DeviceId id)
    {
        if (!_devices.TryGetValue(id, out var record))
        {
            _devices[id] = record = new DeviceRecord(id);
        }

        return record;
    }

    /// <summary>
    /// After a new description: states of keys that are gone are not told any more, states that came before their key are told now, and a
    /// key that was not there before starts as unknown (a client that missed the time without it would go on showing the old state).
    /// </summary>
    private void MatchStates(DeviceRecord record, RegisteredDevice? before)
    {
        foreach (var (key, node) in record.States)
        {
            if (!record.Device!.Description.TryGetEntity(key, out _))
            {
                _states.Remove(node);
                record.States.Remove(key);
            }
            else if (node.Seq == 0)
            {
                _states.MoveToEnd(node, ++_seq);
            }
        }

        if (before is null)
        {
            return;
        }

        foreach (var entity in record.Device!.Description.Entities)
        {
            if (!record.States.ContainsKey(entity.Key) && !before.Description.TryGetEntity(entity.Key, out _))
            {
                var node = new StateNode(new EntityId(record.Id, entity.Key)) { Value = Unknown };
                record.States[entity.Key] = node;
                _states.MoveToEnd(node, ++_seq);
            }
        }
    }

    private void ForgetMendedIssues()
    {
        if (_issues.Count <= MendedIssuesKept)
        {
            return;
        }

        for (var node = _issues.First; node is not null && _issues.Count > MendedIssuesKept;)
        {
            var next = node.Next;
            if (node is IssueNode { Active: false } issue)
            {
                _issuesById.Remove(issue.Repair.Id);
                Forget(_issues, issue);
            }

            node = next;
        }
    }

    /// <summary>Drops what a returning client would have to hear: whoever is older than that gets everything.</summary>
    private void Forget(LogList list, LogNode node)
    {
        _forgotten = Math.Max(_forgotten, node.Seq);
        list.Remove(node);
    }

    private void WakeReaders()
    {
        foreach (var reader in _readers)
        {
            reader.Wake(here: false);
        }
    }
}
