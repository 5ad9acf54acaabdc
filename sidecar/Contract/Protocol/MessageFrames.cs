using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>A message as a client of the hub receives it (contract/protocol.md, "Messages").</summary>
/// <param name="Subject">Its subject.</param>
/// <param name="Payload">Its payload; null: not sent, because it is larger than <see cref="MaxPayload"/>.</param>
/// <param name="Headers">Its headers.</param>
public sealed record ClientMessage(string Subject, ReadOnlyMemory<byte>? Payload, ImmutableArray<MessageHeader> Headers)
{
    /// <summary>The largest payload that a subscription delivers, in bytes.</summary>
    public const int MaxPayload = 64 * 1024;
}

/// <summary>The items of a Subscribe stream and the results of Publish and Request.</summary>
public static class MessageFrames
{
    /// <summary><c>{"t": "begin", "last": {…}}</c>: the subscription works from here on.</summary>
    public static void WriteBegin(IBufferWriter<byte> output, ClientMessage? last)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "begin"u8);
        if (last is null)
        {
            writer.WriteNull("last"u8);
        }
        else
        {
            writer.WriteStartObject("last"u8);
            WriteMembers(writer, last);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary><c>{"t": "message", "subject", "payload", "headers"}</c>.</summary>
    public static void WriteMessage(IBufferWriter<byte> output, ClientMessage message)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "message"u8);
        WriteMembers(writer, message);
        writer.WriteEndObject();
    }

    /// <summary><c>{"t": "lost"}</c>: NATS is away; a begin follows when it is back.</summary>
    public static void WriteLost(IBufferWriter<byte> output)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "lost"u8);
        writer.WriteEndObject();
    }

    /// <summary><c>{"t": "dropped", "count": 3}</c>: the client was too slow for these.</summary>
    public static void WriteDropped(IBufferWriter<byte> output, long count)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "dropped"u8);
        writer.WriteNumber("count"u8, count);
        writer.WriteEndObject();
    }

    /// <summary>The result of Publish: <c>{"sent": true}</c>.</summary>
    public static void WriteSent(IBufferWriter<byte> output)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteBoolean("sent"u8, true);
        writer.WriteEndObject();
    }

    /// <summary>The result of Request: <c>{"payload", "headers"}</c>.</summary>
    public static void WriteReply(IBufferWriter<byte> output, ReadOnlyMemory<byte> payload, ImmutableArray<MessageHeader> headers)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        WriteContent(writer, payload, headers);
        writer.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter writer, ClientMessage message)
    {
        writer.WriteString("subject"u8, message.Subject);
        WriteContent(writer, message.Payload, message.Headers);
    }

    private static void WriteContent(Utf8JsonWriter writer, ReadOnlyMemory<byte>? payload, ImmutableArray<MessageHeader> headers)
    {
        if (payload is { } bytes && Utf8.IsValid(bytes.Span))
        {
            writer.WriteString("payload"u8, bytes.Span);
        }
        else
        {
            writer.WriteNull("payload"u8);
        }

        writer.WriteStartObject("headers"u8);
        foreach (var header in headers.DistinctBy(h => h.Name))
        {
            writer.WriteString(header.Name, header.Value);
        }

        writer.WriteEndObject();
    }
}
