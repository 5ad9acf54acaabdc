using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The frames besides the batches: begin, end, request, bye (contract/protocol.md, "Listen").</summary>
public static class ControlFrames
{
    /// <summary><c>{"t": "begin", "epoch", "seq", "full", "links", "event_epoch", "last_event"}</c>.</summary>
    public static void WriteBegin(
        IBufferWriter<byte> output, string epoch, long seq, bool full, ImmutableArray<LinkState> links,
        EventPosition? events = null)
    {
        var frame = new BeginFrame("begin", epoch, seq, full, links, events?.Epoch, events?.Last);
        JsonOutput.Write(output, frame, ProtocolJson.Default.BeginFrame);
    }

    /// <summary><c>{"t": "end", "seq"}</c>.</summary>
    public static void WriteEnd(IBufferWriter<byte> output, long seq) =>
        JsonOutput.Write(output, new EndFrame("end", seq), ProtocolJson.Default.EndFrame);

    /// <summary><c>{"t": "request", "id"}</c>.</summary>
    public static void WriteRequest(IBufferWriter<byte> output, string id) =>
        JsonOutput.Write(output, new RequestFrame("request", id), ProtocolJson.Default.RequestFrame);

    /// <summary><c>{"t": "bye", "error": {…}}</c>.</summary>
    public static void WriteBye(IBufferWriter<byte> output, ProtocolError error) =>
        JsonOutput.Write(output, new ByeFrame("bye", error), ProtocolJson.Default.ByeFrame);

    /// <summary>The error of a shutdown, with <c>retry_after</c> in seconds.</summary>
    public static ProtocolError Shutdown(int retryAfterSeconds) => new(ProtocolCodes.Shutdown, "the bridge stops", true,
        new RawJson(Encoding.UTF8.GetBytes($"{{\"retry_after\":{retryAfterSeconds.ToString(CultureInfo.InvariantCulture)}}}")));
}

internal sealed record BeginFrame(
    string T,
    string Epoch,
    long Seq,
    bool Full,
    [property: JsonConverter(typeof(LinksConverter))] ImmutableArray<LinkState> Links,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? EventEpoch,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ulong? LastEvent);

internal sealed record EndFrame(string T, long Seq);

internal sealed record RequestFrame(string T, string Id);

internal sealed record ByeFrame(string T, ProtocolError Error);
