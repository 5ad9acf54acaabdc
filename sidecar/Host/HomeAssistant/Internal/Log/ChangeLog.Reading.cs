using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Log;

/// <summary>What clients ask of the log.</summary>
internal sealed partial class ChangeLog
{
    /// <summary>From now on wakes the reader.</summary>
    public void Attach(IChangeLogReader reader)
    {
        lock (_gate)
        {
            _readers = [.. _readers, reader];
        }
    }

    public void Detach(IChangeLogReader reader)
    {
        lock (_gate)
        {
            _readers = [.. _readers.Where(other => !ReferenceEquals(other, reader))];
        }
    }

    /// <summary>The links as they stand, for Hello and a begin frame.</summary>
    public IReadOnlyList<LinkState> Links
    {
        get
        {
            lock (_gate)
            {
                return _linksNode.Links;
            }
        }
    }

    /// <summary>
    /// Whether a client of this numbering has seen more moments than this sidecar knows of. Either the newest are still on their way here, or the stream has lost its end (a power cut, an
    /// older backup) and gives their numbers a second time; only the stream itself can say.
    /// </summary>
    public bool IsBehind(ListenRequest listen)
    {
        lock (_gate)
        {
            return listen.LastEvent > _lastEvent && _era is { } era && (listen.EventEpoch ?? era.Epoch) == era.Epoch;
        }
    }

    /// <summary>The same client, set back to where this sidecar's own reading began: what came later has numbers that the client has seen on other moments.</summary>
    public ListenRequest SetBack(ListenRequest listen)
    {
        lock (_gate)
        {
            return listen with { LastEvent = _firstNew };
        }
    }

    /// <summary>Where a client begins.</summary>
    /// <param name="listen">What it has seen.</param>
    /// <param name="target">What must have been told before the snapshot counts as complete.</param>
    public FeedPosition Begin(ListenRequest listen, out long target)
    {
        var since = listen.Since;
        lock (_gate)
        {
            target = _seq;
            var resumes = listen.Epoch == Epoch && since is > 0 && since <= _seq && since >= _forgotten;
            var from = resumes ? since!.Value : 0;
            var (events, position, era) = EventsAfter(listen);
            return new FeedPosition
            {
                FullUntil = resumes ? 0 : _seq,
                Structure = from,
                States = from,
                Issues = from,
                Links = _links.LastSeq, // told in the begin frame
                Events = events,
                EventsFrom = position,
                EventEra = era,
            };
        }
    }

    /// <summary>
    /// Takes the next batch. False when there is nothing to tell; the reader is then asleep and will be woken by the next change
    /// (both under the lock, so that no change falls between).
    /// </summary>
    public bool TryTake(FeedPosition position, BatchContent batch, IChangeLogReader reader)
    {
        batch.Clear();
        lock (_gate)
        {
            if (_links.LastSeq > position.Links)
            {
                batch.Links = _linksNode.Links;
                position.Links = _linksNode.Seq;
            }

            TakeIssues(position, batch);
            if (TakeStructure(position, batch))
            {
                TakeEvents(position, batch);
                TakeStates(position, batch);
            }

            batch.Seq = Covered(position);
            if (batch.IsEmpty)
            {
                reader.Sleep();
                return false;
            }

            return true;
        }
    }

    /// <summary>Whether everything that stood at <paramref name="target"/> has been told, and no device or issue waits.</summary>
    public bool IsComplete(FeedPosition position, long target)
    {
        lock (_gate)
        {
            return Covered(position) >= target && _structure.LastSeq <= position.Structure && _issues.LastSeq <= position.Issues;
        }
    }

    private bool TakeStructure(FeedPosition position, BatchContent batch)
    {
        if (_structure.LastSeq <= position.Structure)
        {
            return true;
        }

        _batch++;
        for (var node = _structure.After(position.Structure); node is not null; node = node.Next)
        {
            if (batch.IsFull)
            {
                return false;
            }

            switch (node)
            {
                // A batch is applied devices first: a device that is back must come in the batch after its removal.
                case DeviceNode device when batch.Removed.Count > 0 && batch.Removed.Contains(device.Record.Id):
                    return false;
                case DeviceNode device when !PutDevice(device.Record, position, batch, depth: 0):
                    return false;
                case DeviceNode:
                    break;
                case AvailabilityNode availability:
                    PutAvailability(availability.Record, batch);
                    break;
                case RemovalNode removal when removal.Seq > position.FullUntil:
                    batch.Removed.Add(removal.Id);
                    batch.Count(50);
                    break;
            }

            position.Structure = node.Seq;
        }

        return true;
    }

    /// <summary>
    /// Puts a device, and before it the gateways that the client has not heard of (Home Assistant refuses a device behind an unknown one); false when it is one entry too many: it comes
    /// with the next batch, which begins with it and has room for every gateway that there can be. So it does where this batch takes its gateway away first: devices are applied before removals.
    /// </summary>
    private bool PutDevice(DeviceRecord record, FeedPosition position, BatchContent batch, int depth)
    {
        if (record.PutInto == _batch || record.Device is null)
        {
            return true;
        }

        record.PutInto = _batch;
        var description = record.Device.Description;
        if (!PutGateway(description.ViaDevice, position, batch, depth) || !PutGateway(description.ParentDevice, position, batch, depth) || batch.Entries >= BatchFrame.MaxEntries)
        {
            return false;
        }

        var (online, since, why) = record.Device.Availability;
        batch.Devices.Add(new DeviceEntry(description, record.Device.Revision, online, since, why));
        batch.Count(description.Json.Length + 100);
        return true;
    }

    private static void PutAvailability(DeviceRecord record, BatchContent batch)
    {
        var (online, since, why) = record.Device!.Availability;
        batch.Availability.Add(new AvailabilityEntry(record.Id, online, since, why));
        batch.Count(100);
    }

    private bool PutGateway(DeviceId? gateway, FeedPosition position, BatchContent batch, int depth)
    {
        // 8: deeper chains of gateways do not exist; it also ends a circle, should one ever get here.
        return gateway is not { } id || depth >= 8 || !_devices.TryGetValue(id, out var record) || record.Node.Seq <= position.Structure
            || ((batch.Removed.Count == 0 || !batch.Removed.Contains(id)) && PutDevice(record, position, batch, depth + 1));
    }

    private void TakeStates(FeedPosition position, BatchContent batch)
    {
        if (_states.LastSeq <= position.States)
        {
            return;
        }

        for (var node = _states.After(position.States); node is not null && !batch.IsFull; node = node.Next)
        {
            var state = (StateNode)node;
            batch.States.Add(new StateEntry(state.Entity, state.Value));
            batch.Count(state.Value.Length + 40);
            position.States = node.Seq;
        }
    }

    private void TakeEvents(FeedPosition position, BatchContent batch)
    {
        if (_events.LastSeq <= position.Events)
        {
            return;
        }

        for (var node = _events.After(position.Events); node is not null && !batch.IsFull && batch.Events.Count < BatchContent.MaxEvents; node = node.Next)
        {
            var (occurred, era) = (((EventNode)node).Occurred, ((EventNode)node).Era);
            if (!ReferenceEquals(era, position.EventEra))
            {
                // Two numberings do not mix in one batch.
                if (batch.Events.Count > 0)
                {
                    return;
                }

                batch.EventPosition = position.EventEra = era;
            }

            batch.Events.Add(new EventEntry(occurred.StreamSequence, occurred.Entity, occurred.EventType, occurred.Attributes, occurred.At));
            batch.Count(occurred.Attributes.Length + 200);
            position.Events = node.Seq;
        }
    }

    private void TakeIssues(FeedPosition position, BatchContent batch)
    {
        if (_issues.LastSeq <= position.Issues)
        {
            return;
        }

        for (var node = _issues.After(position.Issues); node is not null && !batch.IsFull; node = node.Next)
        {
            var issue = (IssueNode)node;
            if (issue.Active || issue.Seq > position.FullUntil)
            {
                var repair = issue.Repair;
                batch.Issues.Add(new IssueEntry(repair.Id, repair.Key, repair.Severity, repair.Placeholders, issue.Active));
                batch.Count(300);
            }

            position.Issues = node.Seq;
        }
    }

    /// <summary>Everything up to here has been told: one below the oldest change that has not.</summary>
    private long Covered(FeedPosition position)
    {
        var covered = _seq;
        Lower(_structure, position.Structure);
        Lower(_states, position.States);
        Lower(_events, position.Events);
        Lower(_issues, position.Issues);
        Lower(_links, position.Links);
        return covered;

        void Lower(LogList list, long told)
        {
            if (list.LastSeq > told && list.After(told) is { } next)
            {
                covered = Math.Min(covered, next.Seq - 1);
            }
        }
    }

    /// <summary>After which change a client has its first event, where it stands then, and in which numbering.</summary>
    private (long After, EventPosition? From, EventPosition? Era) EventsAfter(ListenRequest listen)
    {
        if (listen.LastEvent is not { } seen)
        {
            return (_seq, _era is null ? null : _era with { Last = _lastEvent }, _era);
        }

        // A client of before there were epochs is believed.
        var epoch = listen.EventEpoch ?? _era?.Epoch;
        var (after, era) = (0L, _era);
        var now = _time.GetTimestamp();
        for (var node = _events.Last; node is not null; node = node.Previous)
        {
            var kept = (EventNode)node;
            if ((kept.Era?.Epoch == epoch && kept.Occurred.StreamSequence <= seen) || _time.GetElapsedTime(kept.HeardAt, now) > EventsResumable)
            {
                after = node.Seq;
                break;
            }

            era = kept.Era;
        }

        // Numbers of another stream than the client's say nothing: it starts over with this one's.
        return (after, era?.Epoch == epoch ? era is null ? null : era with { Last = seen } : era, era);
    }
}
