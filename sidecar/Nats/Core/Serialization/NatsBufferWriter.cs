using System.Buffers;

namespace NATS.Client.Core;

/// <summary>A growing buffer from the shared pool.</summary>
public sealed class NatsBufferWriter<T> : IBufferWriter<T>, IMemoryOwner<T>
{
    private const int DefaultInitialBufferSize = 256;

    private T[]? _array;
    private int _index;

    public NatsBufferWriter()
        : this(DefaultInitialBufferSize)
    {
    }

    public NatsBufferWriter(int initialCapacity) => _array = ArrayPool<T>.Shared.Rent(initialCapacity);

    /// <summary>All that was written, writable.</summary>
    Memory<T> IMemoryOwner<T>.Memory => Array.AsMemory(0, _index);

    public ReadOnlyMemory<T> WrittenMemory => Array.AsMemory(0, _index);

    public ReadOnlySpan<T> WrittenSpan => Array.AsSpan(0, _index);

    public int WrittenCount => _index;

    public int Capacity => Array.Length;

    public int FreeCapacity => Array.Length - _index;

    private T[] Array
    {
        get
        {
            // By a method: what throws is not inlined, and all that is written goes through here.
            ObjectDisposedException.ThrowIf(_array is null, this);
            return _array;
        }
    }

    /// <summary>Forgets what was written; keeps the buffer.</summary>
    public void Clear() => _index = 0;

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Array.Length - _index);
        _index += count;
    }

    public Memory<T> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return Array.AsMemory(_index);
    }

    public Span<T> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(sizeHint);
        return Array.AsSpan(_index);
    }

    public ArraySegment<T> DangerousGetArray() => new(Array, 0, _index);

    public void Dispose()
    {
        if (_array is { } array)
        {
            _array = null;
            ArrayPool<T>.Shared.Return(array);
        }
    }

    private void EnsureRoom(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        var array = Array;
        var needed = Math.Max(sizeHint, 1);
        if (needed <= array.Length - _index)
        {
            return;
        }

        var larger = ArrayPool<T>.Shared.Rent(checked((int)Math.Max((long)_index + needed, Math.Min((long)array.Length * 2, System.Array.MaxLength))));
        System.Array.Copy(array, larger, _index);
        _array = larger;
        ArrayPool<T>.Shared.Return(array);
    }
}
