using System.Buffers;

namespace NATS.Client.Core.Internal;

/// <summary>
/// The received bytes that are not dispatched yet, always contiguous. Grows with what was really received, never with what a length field claims, and
/// gives the memory of a big message back once it is through.
/// </summary>
internal sealed class ReceiveBuffer : IDisposable
{
    private readonly int _initialSize;
    private readonly int _maxBody;
    private byte[] _buffer;
    private int _start;
    private int _end;
    private int _needed;
    private bool _wasFilled;

    public ReceiveBuffer(int initialSize, int maxBody)
    {
        _initialSize = Math.Max(initialSize, 512);
        _maxBody = maxBody;
        _buffer = ArrayPool<byte>.Shared.Rent(_initialSize);
    }

    public int Count => _end - _start;

    /// <summary>The next command; its ranges are relative to <see cref="Span"/> and <see cref="Sequence"/> until <see cref="Advance"/>.</summary>
    public ParseStatus TryNext(out ServerOp op, out string? error)
    {
        if (_needed > Count)
        {
            op = default;
            error = null;
            return ParseStatus.Incomplete;
        }

        return ProtocolParser.TryParse(_buffer.AsSpan(_start, _end - _start), _maxBody, out op, out _needed, out error);
    }

    public ReadOnlySpan<byte> Span(int start, int length) => _buffer.AsSpan(_start + start, length);

    public ReadOnlySequence<byte> Sequence(int start, int length) => new(_buffer, _start + start, length);

    public void Advance(int length)
    {
        _start += length;
        _needed = 0;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Where to receive to; never empty.</summary>
    public Memory<byte> Writable()
    {
        if (Count == 0 && _buffer.Length > _initialSize * 4)
        {
            Replace(_initialSize);
        }
        else if (_wasFilled && _buffer.Length < _initialSize * 4)
        {
            // The socket had more than there was room for: a flood, which takes fewer calls and moves less with more room.
            Replace(_buffer.Length * 2);
            _wasFilled = false;
        }
        else if (_buffer.Length - _end < _buffer.Length / 4)
        {
            // Moving costs less than receiving in crumbs at the buffer's end.
            if (_start > 0 && Count <= _buffer.Length / 2)
            {
                _buffer.AsSpan(_start, Count).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }
            else if (_end == _buffer.Length || _start > 0)
            {
                Replace(Count < _buffer.Length / 2 ? _buffer.Length : _buffer.Length * 2);
            }
        }

        return _buffer.AsMemory(_end);
    }

    public void Written(int count)
    {
        _end += count;
        _wasFilled = _end == _buffer.Length;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Replace(int size)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(_start, Count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        _end -= _start;
        _start = 0;
    }
}
