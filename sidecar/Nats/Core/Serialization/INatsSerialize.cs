using System.Buffers;

namespace NATS.Client.Core;

/// <summary>Writes a value as a message's payload.</summary>
public interface INatsSerialize<in T>
{
    void Serialize(IBufferWriter<byte> bufferWriter, T value);
}
