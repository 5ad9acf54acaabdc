using System.Buffers;
using System.Text;
using System.Text.Json;

namespace NATS.Client.Core.Internal;

/// <summary>One connection to one server, from the first byte to the last: its transport, its receive buffer, and why it ended.</summary>
internal sealed class ServerSession : IDisposable
{
    private readonly ReceiveBuffer _buffer;
    private Exception? _abortReason;
    private int _disposed;

    public ServerSession(NatsUri uri, ITransport transport, NatsOpts opts)
    {
        Uri = uri;
        Transport = transport;
        _buffer = new ReceiveBuffer(opts.ReaderBufferSize, opts.MaxPayloadHardCap);
    }

    public NatsUri Uri { get; }

    public ITransport Transport { get; set; }

    public ServerInfo Info { get; set; } = new();

    /// <summary>Whether it was told that the server is about to go.</summary>
    public bool IsLameDuck { get; set; }

    /// <summary>The last -ERR, which often tells why the server closed the connection.</summary>
    public NatsServerException? LastError { get; set; }

    /// <summary>Bytes that came behind what was read.</summary>
    public bool HasUnread => _buffer.Count > 0;

    /// <summary>The next command; throws at the end of the stream and on what is not NATS.</summary>
    public async ValueTask<ServerOp> ReadAsync()
    {
        while (true)
        {
            if (TryRead(out var op))
            {
                return op;
            }

            Filled(await ReceiveAsync());
        }
    }

    /// <summary>A command that has arrived entirely. Valid until <see cref="Done"/>.</summary>
    public bool TryRead(out ServerOp op)
    {
        var status = _buffer.TryNext(out op, out var error);
        return status != ParseStatus.Invalid ? status == ParseStatus.Done : throw new NatsProtocolViolationException($"Protocol violation by {Uri}: {error}");
    }

    /// <summary>Starts to receive more bytes; the result is for <see cref="Filled"/>.</summary>
    public ValueTask<int> ReceiveAsync() => Transport.ReceiveAsync(_buffer.Writable());

    /// <summary>Takes what was received; throws at the end of the stream.</summary>
    public void Filled(int count)
    {
        if (count == 0)
        {
            throw (Exception?)LastError ?? new NatsException($"Server {Uri} closed the connection");
        }

        Telemetry.Count(Telemetry.ReceivedBytes, count);
        _buffer.Written(count);
    }

    public void Done(in ServerOp op) => _buffer.Advance(op.Length);

    public ReadOnlySpan<byte> Span(int start, int length) => _buffer.Span(start, length);

    public ReadOnlySequence<byte> Sequence(int start, int length) => _buffer.Sequence(start, length);

    /// <exception cref="NatsProtocolViolationException">The JSON cannot be read.</exception>
    public ServerInfo ParseInfo(in ServerOp op)
    {
        try
        {
            return JsonSerializer.Deserialize(Span(op.BodyStart, op.BodyLength), CoreJsonContext.Default.ServerInfo)
                ?? throw new NatsProtocolViolationException($"Protocol violation by {Uri}: INFO is null");
        }
        catch (JsonException e)
        {
            throw new NatsProtocolViolationException($"Protocol violation by {Uri}: INFO is not valid JSON (at byte {e.BytePositionInLine})");
        }
    }

    /// <summary>The text of -ERR without its quotes.</summary>
    public string ParseError(in ServerOp op) => Encoding.UTF8.GetString(Span(op.BodyStart, op.BodyLength)).Trim().Trim('\'');

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await Transport.SendAsync(bytes)..];
        }
    }

    /// <summary>Ends the session from outside; the read loop ends with this reason.</summary>
    public void Abort(Exception reason)
    {
        Interlocked.CompareExchange(ref _abortReason, reason, null);
        Transport.Dispose();
    }

    /// <summary>Why the read loop ended: what somebody said on <see cref="Abort"/>, else what it stumbled over.</summary>
    public Exception ReasonOf(Exception stumbled) => Volatile.Read(ref _abortReason) ?? LastError ?? stumbled;

    /// <summary>To be called by the reader alone, when nobody reads any more: the buffer goes back to the pool.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Transport.Dispose();
            _buffer.Dispose();
        }
    }
}
