namespace NATS.Client.Core.Internal;

/// <summary>
/// Whom the read loop has to wake: readers of subscriptions and askers whose reply came. They are woken when all that had arrived is dispatched, so that a burst wakes each of them once,
/// and the last of them on the read loop's own thread, once it waits for more bytes and the thread would have nothing left to do: a lonely message pays for no thread switch, and whatever
/// the woken code does, the read loop goes on without it.
/// </summary>
/// <remarks>Belongs to the read loop: not thread-safe.</remarks>
internal sealed class WakeList
{
    private IThreadPoolWorkItem[] _waiting = new IThreadPoolWorkItem[8];
    private int _count;

    public void Add(IThreadPoolWorkItem item)
    {
        if (_count == _waiting.Length)
        {
            Array.Resize(ref _waiting, _count * 2);
        }

        _waiting[_count++] = item;
    }

    /// <summary>Wakes all on the thread pool: the read loop needs its thread.</summary>
    public void WakeElsewhere() => Queue(_count);

    /// <summary>All but the last go to the thread pool; the last is the caller's to run as the thread's last deed. Null: nobody waits.</summary>
    public IThreadPoolWorkItem? TakeLast()
    {
        if (_count == 0)
        {
            return null;
        }

        var last = _waiting[_count - 1];
        _waiting[--_count] = null!;
        Queue(_count);
        return last;
    }

    private void Queue(int count)
    {
        for (var i = 0; i < count; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_waiting[i], preferLocal: false);
            _waiting[i] = null!;
        }

        _count -= count;
    }
}
