using System.Buffers;
using System.Text;
using NATS.Client.Core;

namespace NATS.Client.JetStream.Internal;

/// <summary>The request for the last message of a subject (ADR-31), written by hand because it stands behind every read of a key; the subject was checked and needs no escaping.</summary>
internal sealed class LastBySubjectSerializer : INatsSerialize<string>
{
    internal static readonly LastBySubjectSerializer Default = new();

    /// <inheritdoc/>
    public void Serialize(IBufferWriter<byte> bufferWriter, string value)
    {
        bufferWriter.Write("{\"last_by_subj\":\""u8);
        Encoding.UTF8.GetBytes(value, bufferWriter);
        bufferWriter.Write("\"}"u8);
    }
}
