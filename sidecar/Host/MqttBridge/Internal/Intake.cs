using MQTTnet.Diagnostics.PacketInspection;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>
/// Bounds the messages that were read from one connection and not handled yet. MQTTnet itself reads without a limit into a queue
/// of its own. While there is no room nothing is read from the socket, and the broker has to wait.
/// </summary>
internal sealed class Intake
{
    private const long MostBytes = 16 * 1024 * 1024;
    private const int MostMessages = 4096;
    private const int Publish = 3;

    private readonly Lock _lock = new();
    private TaskCompletionSource? _room;
    private long _bytes;
    private int _messages;
    private bool _isClosed;

    /// <summary>Called by the client for each packet, before it reads the next one.</summary>
    public Task ReadAsync(InspectMqttPacketEventArgs packet)
    {
        if (packet.Direction != MqttPacketFlowDirection.Inbound || packet.Buffer is not { Length: > 0 } buffer
            || buffer[0] >> 4 != Publish)
        {
            return Task.CompletedTask;
        }

        lock (_lock)
        {
            _messages++;
            _bytes += buffer.Length;
            if (HasRoom)
            {
                return Task.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>A message was handled. Only its payload is known here: the rest of a packet is let go with the last message.</summary>
    public void Handled(long payload)
    {
        lock (_lock)
        {
            _messages--;
            _bytes = _messages == 0 ? 0 : _bytes - payload;
            Release();
        }
    }

    /// <summary>The connection has ended.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            Release();
        }
    }

    private bool HasRoom => _isClosed || (_messages < MostMessages && _bytes < MostBytes);

    private void Release()
    {
        if (_room is { } room && HasRoom)
        {
            _room = null;
            room.SetResult();
        }
    }
}
