using System.Buffers;
using System.Buffers.Text;

namespace HaNatsBridge.Contract.Json;

/// <summary>
/// A growing buffer for one value while it is brought into normal form. Rented, so that nothing is allocated; dispose it, and
/// never copy it.
/// </summary>
internal struct Scratch(int capacity)
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public readonly ReadOnlySpan<byte> Slice(int start, int length) => _buffer.AsSpan(start, length);

    /// <summary>Drops what was written after <paramref name="length"/>.</summary>
    public void Truncate(int length) => Length = length;

    public void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    /// <summary>Appends a finite number, in the shortest form that reads back as the same.</summary>
    public void AppendNumber(double value)
    {
        Utf8Formatter.TryFormat(value, Reserve(32), out var written);
        Length += written;
    }

    /// <summary>Appends a JSON string, escaping only what must be.</summary>
    public void AppendString(scoped ReadOnlySpan<byte> utf8)
    {
        Append((byte)'"');
        while (true)
        {
            var at = utf8.IndexOfAny(JsonBytes.MustEscape);
            if (at < 0)
            {
                break;
            }

            Append(utf8[..at]);
            AppendEscaped(utf8[at]);
            utf8 = utf8[(at + 1)..];
        }

        Append(utf8);
        Append((byte)'"');
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void AppendEscaped(byte value)
    {
        switch (value)
        {
            case (byte)'"':
                Append("\\\""u8);
                break;
            case (byte)'\\':
                Append("\\\\"u8);
                break;
            case (byte)'\n':
                Append("\\n"u8);
                break;
            case (byte)'\r':
                Append("\\r"u8);
                break;
            case (byte)'\t':
                Append("\\t"u8);
                break;
            default:
                Append("\\u00"u8);
                Append("0123456789abcdef"u8[value >> 4]);
                Append("0123456789abcdef"u8[value & 15]);
                break;
        }
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - Length < count)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, Length + count));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(Length);
    }
}
