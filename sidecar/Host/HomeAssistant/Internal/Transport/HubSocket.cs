using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Transport;

/// <summary>
/// One client's WebSocket as SignalR wants to see it: two pipes and a heartbeat. Unlike SignalR's own transport, whose pipes
/// hand each frame to the thread pool, these run on the thread that brought the bytes: a lonely state or command passes the
/// sidecar without a thread switch, which on a small machine costs more than all of its work.
/// </summary>
internal sealed class HubSocket : IConnectionHeartbeatFeature, IAsyncDisposable
{
    /// <summary>
    /// What may wait for a client that does not read, and what may be read ahead of the hub: beyond it the writer waits.
    /// </summary>
    private const int LargestBacklog = 64 * 1024;

    private const int ReadSize = 4 * 1024;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    private static readonly PipeOptions OnTheSpot = new(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: LargestBacklog,
        resumeWriterThreshold: LargestBacklog / 2,
        useSynchronizationContext: false);

    private readonly Lock _gate = new();
    private readonly WebSocket _socket;
    private readonly TimeProvider _time;
    private readonly TimeSpan _maySend;
    private readonly Pipe _incoming = new(OnTheSpot);
    private readonly Pipe _outgoing = new(OnTheSpot);
    private readonly List<(Action<object> Action, object State)> _beats = [];
    private readonly ITimer _timer;
    private long _sendingSince;

    /// <summary>Of an accepted WebSocket.</summary>
    /// <param name="socket">The WebSocket; it is this class's from here on.</param>
    /// <param name="id">The connection's id.</param>
    /// <param name="time">The clock of the heartbeat.</param>
    /// <param name="maySend">A client that does not take a message for so long is cut.</param>
    public HubSocket(WebSocket socket, string id, TimeProvider time, TimeSpan maySend)
    {
        _socket = socket;
        _time = time;
        _maySend = maySend;
        Connection = new DefaultConnectionContext(
            id, new Duplex(_incoming.Reader, _outgoing.Writer), new Duplex(_outgoing.Reader, _incoming.Writer));
        Connection.Features.Set<IConnectionHeartbeatFeature>(this);
        _timer = time.CreateTimer(static state => ((HubSocket)state!).Beat(), this, Heartbeat, Heartbeat);
    }

    /// <summary>What SignalR's hub is given.</summary>
    public DefaultConnectionContext Connection { get; }

    /// <summary>Moves the bytes; completes when both directions have ended.</summary>
    public Task RunAsync() => Task.WhenAll(SendAsync(), ReceiveAsync());

    /// <summary>Cuts the connection, also in the middle of a send.</summary>
    public void Cut()
    {
        _socket.Abort();
        Connection.Abort();
    }

    public void OnHeartbeat(Action<object> action, object state)
    {
        lock (_gate)
        {
            _beats.Add((action, state));
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Not the connection: its Abort may still be on its way through the thread pool.
        await _timer.DisposeAsync();
        _socket.Dispose();
    }

    private async Task ReceiveAsync()
    {
        var input = _incoming.Writer;
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(input.GetMemory(ReadSize), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                input.Advance(received.Count);
                var flushed = await input.FlushAsync();
                if (flushed.IsCompleted || flushed.IsCanceled)
                {
                    break;
                }
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // A client that is gone without a word is an ordinary end.
            Connection.Abort();
        }
        finally
        {
            await input.CompleteAsync();
        }
    }

    private async Task SendAsync()
    {
        var output = _outgoing.Reader;
        try
        {
            while (true)
            {
                var read = await output.ReadAsync();
                if (!read.Buffer.IsEmpty)
                {
                    Interlocked.Exchange(ref _sendingSince, _time.GetTimestamp());
                    await SendAsync(read.Buffer);
                    Interlocked.Exchange(ref _sendingSince, 0);
                }

                output.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }

            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
        catch (Exception e) when (IsEnd(e))
        {
            Connection.Abort();
        }
        finally
        {
            Interlocked.Exchange(ref _sendingSince, 0);
            await output.CompleteAsync();
        }
    }

    /// <summary>
    /// What has gathered leaves as one message. Without a token: only so the WebSocket sends without a task of its own;
    /// <see cref="Cut"/> ends it.
    /// </summary>
    private async ValueTask SendAsync(ReadOnlySequence<byte> buffer)
    {
        while (!buffer.IsSingleSegment)
        {
            await _socket.SendAsync(buffer.First, WebSocketMessageType.Text, endOfMessage: false, CancellationToken.None);
            buffer = buffer.Slice(buffer.First.Length);
        }

        await _socket.SendAsync(buffer.First, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
    }

    private void Beat()
    {
        if (Interlocked.Read(ref _sendingSince) is var since and not 0 && _time.GetElapsedTime(since) > _maySend)
        {
            Cut();
            return;
        }

        lock (_gate)
        {
            foreach (var (action, state) in _beats)
            {
                action(state);
            }
        }
    }

    private static bool IsEnd(Exception e) => e is WebSocketException or IOException or OperationCanceledException
        or ObjectDisposedException or ConnectionAbortedException;

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
