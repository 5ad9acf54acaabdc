namespace HaNatsBridge.Host.State.Internal;

/// <summary>The events that a new listener gets: those of the last 30 s. Guarded by the store's lock.</summary>
internal sealed class RecentEvents(TimeProvider time)
{
    /// <summary>How old an event may be to reach a new listener.</summary>
    public static readonly TimeSpan Retained = TimeSpan.FromSeconds(30);

    private const int Most = 10_000;

    private readonly Queue<(DeviceEvent Event, long ReceivedAt)> _events = new();

    public void Add(DeviceEvent occurred)
    {
        _events.Enqueue((occurred, time.GetTimestamp()));
        ForgetOld();
    }

    public IReadOnlyList<DeviceEvent> All()
    {
        ForgetOld();
        return [.. _events.Select(one => one.Event)];
    }

    private void ForgetOld()
    {
        while (_events.TryPeek(out var oldest) && (_events.Count > Most || time.GetElapsedTime(oldest.ReceivedAt) > Retained))
        {
            _events.Dequeue();
        }
    }
}
