namespace HaNatsBridge.Devices.Internal;

/// <summary>
/// Events that came while no connection was open: the newest 64 of the last 30 s; older ones would surprise people. Not
/// thread-safe.
/// </summary>
internal sealed class EventQueue(TimeProvider time)
{
    private const int Most = 64;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private readonly Queue<Waiting> _events = new();

    public void Add(string key, byte[] payload)
    {
        if (_events.Count == Most)
        {
            _events.Dequeue();
        }

        _events.Enqueue(new Waiting(key, payload, time.GetTimestamp()));
    }

    /// <summary>The oldest that is still fresh.</summary>
    public bool TryPeek(out Waiting oldest)
    {
        while (_events.TryPeek(out oldest))
        {
            if (time.GetElapsedTime(oldest.At) <= Longest)
            {
                return true;
            }

            _events.Dequeue();
        }

        return false;
    }

    public void Remove() => _events.Dequeue();

    internal readonly record struct Waiting(string Key, byte[] Event, long At);
}
