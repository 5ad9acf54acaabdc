using System.Threading.Channels;

namespace NATS.Client.Core.Internal;

/// <summary>
/// What a subscription received and nobody has read yet: a bounded queue with the reader's side of a channel. Unlike a channel it does not wake its readers itself when the read loop writes, but
/// has it done once for all that arrived together (<see cref="WakeList"/>). One writer at a time, any number of readers.
/// </summary>
internal sealed class MsgQueue<T> : ChannelReader<T>, IThreadPoolWorkItem
{
    private const int SmallestRing = 16;

    private readonly Lock _gate = new();
    private readonly int _capacity;
    private readonly BoundedChannelFullMode _fullMode;
    private readonly Action<T>? _onDropped;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T[] _ring = [];
    private int _head;
    private int _count;
    private bool _ended;
    private bool _wakeAsked;
    private QueueWaiter? _waiting;
    private QueueWaiter? _spare;
    private TaskCompletionSource? _room;

    /// <param name="capacity">So many items wait at most.</param>
    /// <param name="fullMode">What happens with one more.</param>
    /// <param name="onDropped">Told of each item that is dropped, outside all locks.</param>
    public MsgQueue(int capacity, BoundedChannelFullMode fullMode, Action<T>? onDropped = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
        _fullMode = fullMode;
        _onDropped = onDropped;
    }

    public override Task Completion => _completion.Task;

    public override bool CanCount => true;

    public override bool CanPeek => true;

    public override int Count => Volatile.Read(ref _count);

    /// <summary>Writes, or drops as configured. False: it is full and the writer is to wait (<see cref="WriteAsync"/>), or it has ended.</summary>
    /// <param name="item">What came.</param>
    /// <param name="wakes">The read loop's list; null when somebody else writes.</param>
    public bool TryWrite(in T item, WakeList? wakes)
    {
        T? dropped = default;
        var drops = false;
        bool wake;
        lock (_gate)
        {
            if (_ended)
            {
                return false;
            }

            if (_count == _capacity)
            {
                if (_fullMode == BoundedChannelFullMode.Wait)
                {
                    return false;
                }

                drops = true;
                dropped = MakeRoom(item);
            }

            if (_count < _capacity)
            {
                Enqueue(item);
            }

            wake = _waiting is not null && !_wakeAsked;
            _wakeAsked |= wake;
        }

        if (drops)
        {
            _onDropped?.Invoke(dropped!);
        }

        if (wake)
        {
            Wake(wakes);
        }

        return true;
    }

    /// <summary>Waits for room.</summary>
    /// <exception cref="ChannelClosedException">It has ended.</exception>
    public async ValueTask WriteAsync(T item)
    {
        while (!TryWrite(item, null))
        {
            Task room;
            lock (_gate)
            {
                if (_ended)
                {
                    throw new ChannelClosedException();
                }

                room = _count < _capacity
                    ? Task.CompletedTask
                    : (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await room;
        }
    }

    /// <summary>Nothing more comes; what is there can still be read.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
            _room?.TrySetResult();
            _room = null;
            if (_count == 0)
            {
                _completion.TrySetResult();
            }
        }

        Wake(null);
    }

    public override bool TryRead(out T item)
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            if (_count == 0)
            {
                item = default!;
                return false;
            }

            item = Dequeue();
            room = _room;
            _room = null;
            if (_ended && _count == 0)
            {
                _completion.TrySetResult();
            }
        }

        room?.TrySetResult();
        return true;
    }

    public override bool TryPeek(out T item)
    {
        lock (_gate)
        {
            item = _count == 0 ? default! : _ring[_head];
            return _count > 0;
        }
    }

    public override ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<bool>(cancellationToken);
        }

        QueueWaiter waiter;
        lock (_gate)
        {
            if (_count > 0 || _ended)
            {
                return new ValueTask<bool>(_count > 0);
            }

            waiter = _spare ?? new QueueWaiter(Cancel, GiveBack);
            _spare = null;
            waiter.Next = _waiting;
            _waiting = waiter;
        }

        return waiter.Start(cancellationToken);
    }

    /// <summary>Wakes the readers that wait: the last here, others elsewhere.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        QueueWaiter? waiter;
        bool result;
        lock (_gate)
        {
            _wakeAsked = false;
            if (_count == 0 && !_ended)
            {
                // Somebody who did not wait has read it all.
                return;
            }

            result = _count > 0;
            waiter = _waiting;
            _waiting = null;
        }

        while (waiter is not null)
        {
            // Completing gives the object back.
            var next = waiter.Next;
            waiter.Next = null;
            waiter.Complete(result, elsewhere: next is not null);
            waiter = next;
        }
    }

    private void Wake(WakeList? wakes)
    {
        if (wakes is null)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
        else
        {
            wakes.Add(this);
        }
    }

    private void Cancel(QueueWaiter waiter)
    {
        lock (_gate)
        {
            ref var at = ref _waiting;
            while (at is not null && !ReferenceEquals(at, waiter))
            {
                at = ref at.Next;
            }

            if (at is null)
            {
                // Woken meanwhile.
                return;
            }

            at = waiter.Next;
            waiter.Next = null;
        }

        waiter.CompleteCancelled();
    }

    private void GiveBack(QueueWaiter waiter)
    {
        lock (_gate)
        {
            _spare = waiter;
        }
    }

    /// <summary>Full: which one goes.</summary>
    private T MakeRoom(in T item)
    {
        switch (_fullMode)
        {
            case BoundedChannelFullMode.DropOldest:
                return Dequeue();
            case BoundedChannelFullMode.DropNewest:
                ref var newest = ref _ring[(_head + --_count) & (_ring.Length - 1)];
                var dropped = newest;
                newest = default!;
                return dropped;
            default:
                return item;
        }
    }

    private void Enqueue(in T item)
    {
        if (_count == _ring.Length)
        {
            Grow();
        }

        _ring[(_head + _count++) & (_ring.Length - 1)] = item;
    }

    private T Dequeue()
    {
        ref var slot = ref _ring[_head];
        var item = slot;
        slot = default!;
        _head = (_head + 1) & (_ring.Length - 1);
        _count--;
        return item;
    }

    /// <summary>The ring's length is a power of two; the capacity bounds the items.</summary>
    private void Grow()
    {
        var larger = new T[Math.Max(SmallestRing, _ring.Length * 2)];
        var first = Math.Min(_count, _ring.Length - _head);
        _ring.AsSpan(_head, first).CopyTo(larger);
        _ring.AsSpan(0, _count - first).CopyTo(larger.AsSpan(first));
        _ring = larger;
        _head = 0;
    }
}
