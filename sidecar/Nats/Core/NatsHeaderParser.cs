using System.Buffers;
using System.Text;
using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

/// <summary>Reads header blocks as they come behind HMSG (ADR-4).</summary>
public class NatsHeaderParser
{
    private readonly Encoding _encoding;

    public NatsHeaderParser(Encoding encoding) => _encoding = encoding;

    /// <summary>Fills <paramref name="headers"/>; false when there is nothing to read.</summary>
    /// <exception cref="NatsException">The block is malformed.</exception>
    public bool ParseHeaders(SequenceReader<byte> reader, NatsHeaders headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        var block = reader.UnreadSequence;
        return !block.IsEmpty && (TryParse(block, headers) ? true : throw new NatsException("Protocol error: the header block is malformed"));
    }

    /// <summary>As above without an exception: what a server sends must not be made expensive by it.</summary>
    internal bool TryParse(in ReadOnlySequence<byte> block, NatsHeaders headers) => block.IsSingleSegment
        ? HeaderReader.TryRead(block.FirstSpan, headers, _encoding)
        : HeaderReader.TryRead(block.ToArray(), headers, _encoding);
}
