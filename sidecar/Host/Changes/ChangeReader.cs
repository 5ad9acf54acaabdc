using System.Threading.Tasks.Sources;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Changes.Internal;

namespace HaNatsBridge.Host.Changes;

/// <summary>
/// One reader's place in the changes. Devices run ahead of states, so that no state comes before its device. To be used by one
/// caller at a time: <see cref="TryTake"/> until it returns false, then <see cref="WaitAsync"/>.
/// </summary>
public sealed class ChangeReader : IValueTaskSource<bool>, IDisposable
{
    /// <summary>Deeper chains of gateways do not exist; it also ends a circle, should there be one.</summary>
    private const int DeepestChain = 8;

    private readonly ChangeLog _log;
    private readonly DeviceFilter _filter;
    private readonly long[] _positions;
    private readonly long _target;
    private long _links;

    /// <summary>Up to here are the states of the devices that were taken.</summary>
    private long _statesOfTaken;
    private ManualResetValueTaskSourceCore<bool> _wakeUp = new() { RunContinuationsAsynchronously = true };
    private int _isAsleep;

    /// <summary>A reader at its beginning. Called under the log's lock.</summary>
    internal ChangeReader(ChangeLog log, long since, long eventsAfter, EventPosition? events, DeviceFilter filter)
    {
        _log = log;
        _filter = filter;
        _target = log.Seq;
        _positions = [.. log.Lists.Select(_ => since)];
        _positions[log.Events.Index] = eventsAfter;
        IsFull = since == 0;
        Links = log.Links;
        _links = log.LinksSeq;
        Events = events;
        if (IsFull)
        {
            // Absence from a full snapshot clears an issue.
            _positions[log.ClearedIssues.Index] = log.Seq;
        }
    }

    /// <summary>Whether everything follows, and not only what changed since.</summary>
    public bool IsFull { get; }

    /// <summary>The links at the beginning.</summary>
    public IReadOnlyList<LinkState> Links { get; }

    /// <summary>The place among the events at the beginning; null while it is not known how they are numbered.</summary>
    public EventPosition? Events { get; }

    /// <summary>Whether everything that there was at the beginning has been taken, and no device or issue waits.</summary>
    public bool IsComplete
    {
        get
        {
            lock (_log.Gate)
            {
                return Covered() >= _target
                    && !IsBehind(_log.Devices) && !IsBehind(_log.Removed)
                    && !IsBehind(_log.Availability) && !IsBehind(_log.Issues);
            }
        }
    }

    /// <summary>
    /// Fills the batch with what comes next; false when there is nothing: the next change then ends <see cref="WaitAsync"/>.
    /// </summary>
    public bool TryTake(ChangeBatch batch)
    {
        batch.Clear();
        lock (_log.Gate)
        {
            if (_log.LinksSeq > _links)
            {
                batch.Links = _log.Links;
                _links = _log.LinksSeq;
            }

            _log.Batch++;
            if (Take(_log.Issues, batch) && Take(_log.ClearedIssues, batch)
                && Take(_log.Devices, batch) && Take(_log.Removed, batch) && Take(_log.Availability, batch))
            {
                Take(_log.Events, batch);
                Take(_log.States, batch);
            }

            batch.Seq = Covered();
            batch.More = _positions[_log.States.Index] < _statesOfTaken && IsBehind(_log.States)
                && _log.States.After(_positions[_log.States.Index])!.Seq <= _statesOfTaken;
            if (!batch.IsEmpty)
            {
                return true;
            }

            // Under the lock, so that no change comes between.
            _wakeUp.Reset();
            Volatile.Write(ref _isAsleep, 1);
            return false;
        }
    }

    /// <summary>
    /// Waits for a change, or for <see cref="Wake()"/>. Only after <see cref="TryTake"/> returned false, and once.
    /// </summary>
    public ValueTask<bool> WaitAsync() => new(this, _wakeUp.Version);

    /// <summary>Ends the wait.</summary>
    public void Wake()
    {
        // Never under the log's lock.
        if (Interlocked.Exchange(ref _isAsleep, 0) == 1)
        {
            _wakeUp.SetResult(true);
        }
    }

    /// <summary>Ends the reading: no change wakes it any more.</summary>
    public void Dispose() => _log.Detach(this);

    bool IValueTaskSource<bool>.GetResult(short token) => _wakeUp.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => _wakeUp.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wakeUp.OnCompleted(continuation, state, token, flags);

    /// <summary>False when something remains that did not fit.</summary>
    private bool Take(ChangeList list, ChangeBatch batch)
    {
        if (!IsBehind(list))
        {
            return true;
        }

        for (var node = list.After(_positions[list.Index]); node is not null; node = node.Next)
        {
            if (batch.IsFull || !Put(node, batch))
            {
                return false;
            }

            _positions[list.Index] = node.Seq;
        }

        return true;
    }

    private bool Put(ChangeNode node, ChangeBatch batch)
    {
        if (DeviceOf(node) is { } about && !_filter.Takes(about))
        {
            return true;
        }

        switch (node)
        {
            case StateNode state:
                batch.Add(new StateEntry(state.Entity, state.Value));
                return true;
            case PictureNode picture:
                batch.Add(new PictureEntry(picture.Entity, picture.Picture?.At, picture.Picture?.ContentType));
                return true;
            case AvailabilityNode { Device: { Device: { } device, Id: var id } }:
                var (online, since, why) = device.Availability;
                batch.Add(new AvailabilityEntry(id, online, since, why));
                return true;
            case EventNode { Event: var occurred }:
                var fits = batch.HasRoomForEvents;
                if (fits)
                {
                    batch.Add(new EventEntry(
                        occurred.StreamSequence, occurred.Entity, occurred.EventType, occurred.Attributes, occurred.At));
                }

                return fits;
            case IssueNode issue:
                batch.Add(ChangeLog.EntryOf(issue));
                return true;
            case DeviceNode { Device: null, Id: var removed }:
                batch.Add(removed);
                return true;
            case DeviceNode device:
                return PutDevice(device, batch, depth: 0);
            default:
                return true;
        }
    }

    /// <summary>The device that a change is about; null: none.</summary>
    private static DeviceId? DeviceOf(ChangeNode node) => node switch
    {
        StateNode state => state.Entity.Device,
        AvailabilityNode availability => availability.Device.Id,
        EventNode occurred => occurred.Event.Entity.Device,
        DeviceNode device => device.Id,
        _ => null,
    };

    /// <summary>
    /// Puts a device, and before it the gateways that the reader has not had (Home Assistant refuses a device behind an unknown
    /// one). False when it is one entry too many: it comes with the next batch, which begins with it and has room for every
    /// gateway that there can be.
    /// </summary>
    private bool PutDevice(DeviceNode node, ChangeBatch batch, int depth)
    {
        if (node.PutInto == _log.Batch || node.Device is not { } device || !_filter.Takes(node.Id))
        {
            return true;
        }

        node.PutInto = _log.Batch;
        if (!PutGateway(device.Description.ViaDevice, batch, depth) || !PutGateway(device.Description.ParentDevice, batch, depth)
            || batch.Entries >= BatchFrame.MaxEntries)
        {
            return false;
        }

        var (online, since, why) = device.Availability;
        batch.Add(new DeviceEntry(device.Description, device.Revision, online, since, why));
        _statesOfTaken = _log.Seq;
        return true;
    }

    private bool PutGateway(DeviceId? gateway, ChangeBatch batch, int depth) =>
        gateway is not { } id || depth >= DeepestChain || _log.Find(id) is not { } node
        || node.Seq <= _positions[_log.Devices.Index] || PutDevice(node, batch, depth + 1);

    private bool IsBehind(ChangeList list) => list.LastSeq > _positions[list.Index];

    /// <summary>Everything up to here has been taken: one below the oldest change that has not.</summary>
    private long Covered()
    {
        var covered = _log.Seq;
        foreach (var list in _log.Lists)
        {
            if (IsBehind(list) && list.After(_positions[list.Index]) is { } next)
            {
                covered = Math.Min(covered, next.Seq - 1);
            }
        }

        return _log.LinksSeq > _links ? Math.Min(covered, _log.LinksSeq - 1) : covered;
    }
}
