using System.Buffers;
using System.Globalization;
using System.Text;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The frames that frame the others: begin, end, bye (contract/protocol.md, "Listen").</summary>
public static class ControlFrames
{
    /// <summary><c>{"t": "begin", "epoch", "seq", "full", "links", "event_epoch", "last_event"}</c>.</summary>
    public static void WriteBegin(
        IBufferWriter<byte> output, string epoch, long seq, bool full, ReadOnlySpan<LinkState> links, EventPosition? events = null)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "begin"u8);
        writer.WriteString("epoch"u8, epoch);
        writer.WriteNumber("seq"u8, seq);
        writer.WriteBoolean("full"u8, full);
        FrameMembers.WriteLinks(writer, links);
        if (events is not null)
        {
            FrameMembers.WriteEventPosition(writer, events);
        }

        writer.WriteEndObject();
    }

    /// <summary><c>{"t": "end", "seq"}</c>.</summary>
    public static void WriteEnd(IBufferWriter<byte> output, long seq)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "end"u8);
        writer.WriteNumber("seq"u8, seq);
        writer.WriteEndObject();
    }

    /// <summary><c>{"t": "bye", "error": {…}}</c>.</summary>
    public static void WriteBye(IBufferWriter<byte> output, ProtocolError error)
    {
        ArgumentNullException.ThrowIfNull(error);
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("t"u8, "bye"u8);
        error.WriteMember(writer);
        writer.WriteEndObject();
    }

    /// <summary>The error of a shutdown, with <c>retry_after</c> in seconds.</summary>
    public static ProtocolError Shutdown(int retryAfterSeconds) => new(ProtocolCodes.Shutdown, "the bridge stops", true,
        new RawJson(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"retry_after\":{retryAfterSeconds}}}"))));
}
