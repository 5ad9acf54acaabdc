using System.Buffers;
using System.Diagnostics;

namespace NATS.Client.Core.Internal;

/// <summary>Makes a message of the bytes received. What cannot be read rides on the message as its error: the subscription lives on.</summary>
internal static class MessageBuilder
{
    public static NatsMsg<T> Build<T>(
        INatsConnection connection,
        string subscription,
        string? queueGroup,
        string subject,
        string? replyTo,
        in ReadOnlySequence<byte>? headersBuffer,
        in ReadOnlySequence<byte> payload,
        INatsDeserialize<T> serializer)
    {
        var flags = payload.IsEmpty ? NatsMsgFlags.Empty : NatsMsgFlags.None;
        var size = subject.Length + (replyTo?.Length ?? 0) + (int)payload.Length;
        NatsHeaders? headers = null;
        if (headersBuffer is { } block)
        {
            size += (int)block.Length;
            headers = ReadHeaders(connection, block);
            if (headers.Code == 503 && payload.IsEmpty)
            {
                flags |= NatsMsgFlags.NoResponders;
            }
        }

        if (Telemetry.HasListeners())
        {
            Telemetry.StartReceive(connection, subscription, queueGroup, subject, replyTo, payload.Length, size, ref headers);
        }

        T? data = default;
        if (!payload.IsEmpty)
        {
            try
            {
                data = serializer.Deserialize(payload);
            }
            catch (Exception e)
            {
                headers ??= new NatsHeaders();
                headers.Error ??= new NatsDeserializeException(payload.ToArray(), e);
            }
        }

        headers?.SetReadOnly();
        return new NatsMsg<T>(subject, replyTo, size, headers, data, connection, flags);
    }

    private static NatsHeaders ReadHeaders(INatsConnection connection, in ReadOnlySequence<byte> block)
    {
        var headers = new NatsHeaders();
        if (!connection.HeaderParser.TryParse(block, headers))
        {
            headers.Error = new NatsHeaderParseException(block.ToArray(), new NatsException("the header block is malformed"));
        }

        return headers;
    }
}
