using System.Buffers;

namespace NATS.Client.Core;

/// <summary>
/// Bytes as they are: <c>byte[]</c>, <c>Memory&lt;byte&gt;</c>, <c>ReadOnlyMemory&lt;byte&gt;</c>, <c>ReadOnlySequence&lt;byte&gt;</c>,
/// <c>NatsMemoryOwner&lt;byte&gt;</c> and <c>IMemoryOwner&lt;byte&gt;</c> (pooled: the receiver disposes; a published owner is disposed here).
/// </summary>
public class NatsRawSerializer<T> : INatsSerializer<T>
{
#pragma warning disable CA1000 // official surface
    public static readonly NatsRawSerializer<T> Default = new(NatsUtf8PrimitivesSerializer<T>.Default);
#pragma warning restore CA1000

    private readonly INatsSerializer<T>? _next;

    public NatsRawSerializer(INatsSerializer<T>? next) => _next = next;

    public INatsSerializer<T> CombineWith(INatsSerializer<T> next) => new NatsRawSerializer<T>(next);

    public void Serialize(IBufferWriter<byte> bufferWriter, T value)
    {
        // The typeof tests are decided by the JIT for value types; for reference types one pattern match remains.
        switch (value)
        {
            case byte[] bytes:
                bufferWriter.Write(bytes);
                return;
            case Memory<byte> memory:
                bufferWriter.Write(memory.Span);
                return;
            case ReadOnlyMemory<byte> memory:
                bufferWriter.Write(memory.Span);
                return;
            case ReadOnlySequence<byte> sequence:
                foreach (var segment in sequence)
                {
                    bufferWriter.Write(segment.Span);
                }

                return;
            case IMemoryOwner<byte> owner:
                using (owner)
                {
                    bufferWriter.Write(owner.Memory.Span);
                }

                return;
        }

        if (_next is null)
        {
            throw new NatsException($"Can't serialize {typeof(T)}");
        }

        _next.Serialize(bufferWriter, value);
    }

    public T? Deserialize(in ReadOnlySequence<byte> buffer)
    {
        if (typeof(T) == typeof(byte[]))
        {
            return (T)(object)Copy(buffer);
        }

        if (typeof(T) == typeof(Memory<byte>))
        {
            return (T)(object)new Memory<byte>(Copy(buffer));
        }

        if (typeof(T) == typeof(ReadOnlyMemory<byte>))
        {
            return (T)(object)new ReadOnlyMemory<byte>(Copy(buffer));
        }

        if (typeof(T) == typeof(ReadOnlySequence<byte>))
        {
            return (T)(object)new ReadOnlySequence<byte>(Copy(buffer));
        }

        if (typeof(T) == typeof(NatsMemoryOwner<byte>) || typeof(T) == typeof(IMemoryOwner<byte>))
        {
            var owner = NatsMemoryOwner<byte>.Allocate((int)buffer.Length);
            buffer.CopyTo(owner.Span);
            return (T)(object)owner;
        }

        return _next is null ? throw new NatsException($"Can't deserialize {typeof(T)}") : _next.Deserialize(buffer);
    }

    /// <summary>Every byte is written, so none needs to be cleared before.</summary>
    private static byte[] Copy(in ReadOnlySequence<byte> buffer)
    {
        var bytes = GC.AllocateUninitializedArray<byte>((int)buffer.Length);
        if (buffer.IsSingleSegment)
        {
            // What a connection received is; the general way looks for it longer than a small copy takes.
            buffer.FirstSpan.CopyTo(bytes);
        }
        else
        {
            buffer.CopyTo(bytes);
        }

        return bytes;
    }
}
