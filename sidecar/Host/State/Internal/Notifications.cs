using System.Collections.Concurrent;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Calls the listeners in the order in which changes were queued under the store's lock, one call at a time, and without that
/// lock.
/// </summary>
internal sealed class Notifications
{
    private readonly ConcurrentQueue<Notification> _queue = new();
    private IStateListener[] _listeners = [];
    private int _isDelivering;

    /// <summary>Under the store's lock.</summary>
    public void Add(IStateListener listener) => _listeners = [.. _listeners, listener];

    /// <summary>Under the store's lock.</summary>
    public void Remove(IStateListener listener) => _listeners = [.. _listeners.Where(one => !ReferenceEquals(one, listener))];

    /// <summary>Under the store's lock: what an entity shows has changed.</summary>
    public void Changed(EntitySlot slot)
    {
        if (_listeners.Length == 0)
        {
            return;
        }

        if (slot.State is { } state)
        {
            _queue.Enqueue(new Notification(_listeners, state, null));
            return;
        }

        var entity = slot.Id;
        Call(listener => listener.StateRemoved(entity));
    }

    /// <summary>Under the store's lock: something else for every listener.</summary>
    public void Call(Action<IStateListener> call) => _queue.Enqueue(new Notification(_listeners, null, call));

    /// <summary>Under the store's lock: calls one listener alone.</summary>
    public void Call(IStateListener listener, Action<IStateListener> call) =>
        _queue.Enqueue(new Notification([listener], null, call));

    /// <summary>Under the store's lock: completes when everything that was queued before has been delivered.</summary>
    public Task Delivered()
    {
        var delivered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Enqueue(new Notification([], null, null) { Delivered = delivered });
        return delivered.Task;
    }

    /// <summary>Without the lock. Where another thread is delivering, that one takes what this one has queued.</summary>
    public void Deliver()
    {
        while (!_queue.IsEmpty && Interlocked.Exchange(ref _isDelivering, 1) == 0)
        {
            try
            {
                while (_queue.TryDequeue(out var notification))
                {
                    Deliver(notification);
                }
            }
            finally
            {
                Volatile.Write(ref _isDelivering, 0);
            }
        }
    }

    private static void Deliver(in Notification notification)
    {
        foreach (var listener in notification.Listeners)
        {
            if (notification.State is { } state)
            {
                listener.StateChanged(state);
            }
            else
            {
                notification.Call!(listener);
            }
        }

        notification.Delivered?.SetResult();
    }

    private readonly record struct Notification(IStateListener[] Listeners, EntityState? State, Action<IStateListener>? Call)
    {
        public TaskCompletionSource? Delivered { get; init; }
    }
}
