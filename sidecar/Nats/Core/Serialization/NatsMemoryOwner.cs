using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace NATS.Client.Core;

/// <summary>A pooled buffer of exactly the asked length. Whoever has it last disposes it; using it afterwards is a bug that throws.</summary>
[SuppressMessage("Performance", "CA1815", Justification = "Owners are not compared.")]
public struct NatsMemoryOwner<T> : IMemoryOwner<T>
{
    private readonly int _start;
    private readonly int _length;
    private readonly ArrayPool<T>? _pool;
    private T[]? _array;

    private NatsMemoryOwner(ArrayPool<T> pool, T[] array, int start, int length)
    {
        _pool = pool;
        _array = array;
        _start = start;
        _length = length;
    }

#pragma warning disable CA1000 // official surface
    public static NatsMemoryOwner<T> Empty => default;

    /// <summary>A buffer of <paramref name="size"/> elements from the shared pool, contents undefined.</summary>
    public static NatsMemoryOwner<T> Allocate(int size) => Allocate(size, ArrayPool<T>.Shared);

    public static NatsMemoryOwner<T> Allocate(int size, ArrayPool<T> pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        return size == 0 ? default : new(pool, pool.Rent(size), 0, size);
    }
#pragma warning restore CA1000

    public readonly int Length => _length;

    public readonly Memory<T> Memory => Array() is { } array ? new(array, _start, _length) : default;

    public readonly Span<T> Span => Array() is { } array ? array.AsSpan(_start, _length) : default;

    public readonly ArraySegment<T> DangerousGetArray() => Array() is { } array ? new(array, _start, _length) : ArraySegment<T>.Empty;

    public readonly ref T DangerousGetReference() => ref MemoryMarshal.GetReference(Span);

    /// <summary>A part of this buffer; this one must not be disposed any more, the part is.</summary>
    public NatsMemoryOwner<T> Slice(int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, _length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, _length - start);
        if (Array() is not { } array)
        {
            return default;
        }

        _array = null;
        return new(_pool!, array, _start + start, length);
    }

    public void Dispose()
    {
        if (_array is { } array)
        {
            _array = null;
            _pool!.Return(array);
        }
    }

    private readonly T[]? Array() =>
        _array is null && _length > 0 ? throw new ObjectDisposedException(nameof(NatsMemoryOwner<T>), "The current buffer has already been disposed") : _array;
}
