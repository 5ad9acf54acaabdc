using System.Buffers;
using NATS.Client.Core;

namespace NATS.Client.JetStream.Internal;

/// <summary>Payloads that are bytes already.</summary>
internal sealed class RawSerializer : INatsSerialize<ReadOnlyMemory<byte>>, INatsDeserialize<ReadOnlyMemory<byte>>
{
    internal static readonly RawSerializer Default = new();

    /// <inheritdoc/>
    public void Serialize(IBufferWriter<byte> bufferWriter, ReadOnlyMemory<byte> value) => bufferWriter.Write(value.Span);

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Deserialize(in ReadOnlySequence<byte> buffer) => buffer.IsEmpty ? default : buffer.ToArray();
}
