using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>Moments: told once, in stream order.</summary>
internal sealed partial class StateStore
{
    private ulong _lastEvent;
    private (string Epoch, ulong Last, ulong End)? _numbering;

    /// <summary>
    /// Takes one moment; one at or before the last is a repetition (following began anew) and is left out. One that waited longer than <see cref="EventsKept"/> while the link was
    /// away is told to nobody: a doorbell of an hour ago must not ring now (contract.md, "events younger than 30 s").
    /// </summary>
    /// <returns>The registered device that it came from; null when it is none's.</returns>
    public DeviceSlot? ApplyEvent(string subject, ReadOnlySpan<byte> payload, ulong seq, DateTimeOffset at, TimeSpan age)
    {
        lock (_gate)
        {
            if (seq <= _lastEvent || TargetOf(subject) is not { Subject: { Kind: DeviceSubjectKind.Event, Key: { } key } } target)
            {
                return null;
            }

            _lastEvent = seq;
            if (target.Device is not { } device || !device.Description.TryGetEntity(key, out var entity) || !entity.IsEvent)
            {
                _metrics.Undeclared++;
                return target.Device;
            }

            if (!EventReader.TryRead(entity, payload, out var reading, out var problem))
            {
                NoteProblem(device, problem);
                return device;
            }

            if (age > EventsKept)
            {
                _metrics.LateEvents++;
                return device;
            }

            var occurred = new DeviceEvent(new EntityId(device.Id, key), reading.EventType, reading.Attributes, seq, at);
            _metrics.Events++;
            _events.Enqueue((occurred, _time.GetTimestamp()));
            ForgetOldEvents();
            foreach (var listener in _listeners)
            {
                listener.EventOccurred(occurred);
            }

            return device;
        }
    }

    /// <summary>Which incarnation of the stream the numbers of moments belong to; whatever comes next has a larger number than <paramref name="last"/>.</summary>
    public void EventsNumbered(string epoch, ulong last, ulong end)
    {
        lock (_gate)
        {
            _numbering = (epoch, last, end);
            _lastEvent = last;

            // Kept for new listeners, who would take their numbers for the new ones.
            _events.Clear();
            foreach (var listener in _listeners)
            {
                listener.EventsNumbered(epoch, last, end);
            }
        }

        _numbered.TrySetResult();
    }
}
