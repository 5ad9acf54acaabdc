using System.Buffers;

namespace NATS.Client.Core;

/// <summary>Reads a payload. The buffer is the connection's own: what is to be kept must be copied before returning.</summary>
public interface INatsDeserialize<out T>
{
    T? Deserialize(in ReadOnlySequence<byte> buffer);
}
