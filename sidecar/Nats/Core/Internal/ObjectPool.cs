namespace NATS.Client.Core.Internal;

/// <summary>A bounded pool: one slot that the common case hits without contention, and a small array behind it.</summary>
internal sealed class ObjectPool<T>
    where T : class
{
    private readonly Func<ObjectPool<T>, T> _create;
    private readonly Action<T>? _discard;
    private readonly T?[] _items;
    private T? _first;

    public ObjectPool(int size, Func<ObjectPool<T>, T> create, Action<T>? discard = null)
    {
        _items = new T?[Math.Max(size, 1)];
        _create = create;
        _discard = discard;
    }

    public T Rent()
    {
        var item = _first;
        if (item is not null && Interlocked.CompareExchange(ref _first, null, item) == item)
        {
            return item;
        }

        var items = _items;
        for (var i = 0; i < items.Length; i++)
        {
            item = items[i];
            if (item is not null && Interlocked.CompareExchange(ref items[i], null, item) == item)
            {
                return item;
            }
        }

        return _create(this);
    }

    public void Return(T item)
    {
        if (_first is null && Interlocked.CompareExchange(ref _first, item, null) is null)
        {
            return;
        }

        var items = _items;
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i] is null && Interlocked.CompareExchange(ref items[i], item, null) is null)
            {
                return;
            }
        }

        _discard?.Invoke(item);
    }
}
