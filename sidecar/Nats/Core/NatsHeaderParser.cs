using System.Buffers;
using System.Text;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>Reads header blocks as they come behind HMSG (ADR-4).</summary>
public class NatsHeaderParser
{
    private readonly Encoding _encoding;

    public NatsHeaderParser(Encoding encoding) => _encoding = encoding;

    /// <summary>Fills <paramref name="headers"/>; false when the block is malformed.</summary>
    public bool ParseHeaders(SequenceReader<byte> reader, NatsHeaders headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var sequence = reader.UnreadSequence;
        return sequence.IsSingleSegment
            ? HeaderReader.TryRead(sequence.FirstSpan, headers, _encoding)
            : HeaderReader.TryRead(sequence.ToArray(), headers, _encoding);
    }
}
