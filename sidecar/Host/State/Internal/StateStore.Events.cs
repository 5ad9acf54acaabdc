using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>Moments: told once, in stream order.</summary>
internal sealed partial class StateStore
{
    private ulong _lastEvent;

    /// <summary>Takes one moment; one at or before the last is a repetition (following began anew) and is left out.</summary>
    /// <returns>The registered device that it came from; null when it is none's.</returns>
    public DeviceSlot? ApplyEvent(string subject, ReadOnlySpan<byte> payload, ulong seq, DateTimeOffset at)
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

    /// <summary>The stream of moments was made anew: its numbers begin again.</summary>
    public void EventsBeginAnew()
    {
        lock (_gate)
        {
            _lastEvent = 0;
        }
    }
}
