using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>Events, retained for readers that are slow or come back.</summary>
internal sealed partial class ChangeLog
{
    /// <summary>How many events are retained at most; beyond, the oldest is dropped and counted.</summary>
    public const int EventsRetained = 10_000;

    /// <summary>How old an event may be for a reader that comes back.</summary>
    public static readonly TimeSpan EventsResumable = TimeSpan.FromSeconds(30);

    /// <summary>How long events are retained for a reader that is slow: longer than a client may be slow.</summary>
    public static readonly TimeSpan EventsHeld = TimeSpan.FromSeconds(90);

    private string? _eventEpoch;
    private ulong _firstNewEvent;
    private ulong _lastEvent;
    private long _eventsDropped;

    public void EventsNumbered(string epoch, ulong end)
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
        for (var place = Events.Last; place?.Value is EventNode occurred; place = place.Previous)
        {
            if (occurred.Event.StreamSequence <= seen || _time.GetElapsedTime(occurred.ReceivedAt, now) > EventsResumable)
            {
                after = occurred.Seq;
                break;
            }
        }

        return (after, new EventPosition(_eventEpoch, seen));
    }
}
