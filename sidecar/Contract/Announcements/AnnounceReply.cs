using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// Writes the reply to an announcement: <c>{"ok": true, "revision": 7, "warnings": […]}</c>, with <c>"accepted"</c> and <c>"errors"</c> when entities
/// were left out, or <c>{"ok": false, "errors": […]}</c> (contract.md, "Announce").
/// </summary>
public static class AnnounceReply
{
    /// <summary>Writes the reply of a result.</summary>
    /// <param name="output">Takes the JSON, UTF-8.</param>
    /// <param name="result">What became of the announcement.</param>
    /// <param name="revision">The KV revision of the device's key; null when nothing was stored.</param>
    public static void Write(IBufferWriter<byte> output, AnnouncementResult result, ulong? revision)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        WriteMembers(writer, result, revision);
        writer.WriteEndObject();
    }

    /// <summary>Writes a refusal that has one reason, as <c>UNAUTHORIZED</c> or <c>NOT_STORED</c>.</summary>
    public static void WriteRefused(IBufferWriter<byte> output, string path, string code, string message) =>
        Write(output, AnnouncementResult.Refused(path, code, message), null);

    /// <summary>
    /// Writes the record for <c>home.discovery.rejected</c>: the same as the reply, after <c>"subject"</c> and the first bytes of what was announced, so that a person can see whose it was.
    /// </summary>
    /// <param name="output">Takes the JSON, UTF-8.</param>
    /// <param name="result">What became of the announcement.</param>
    /// <param name="subject">Where it came from.</param>
    /// <param name="payload">What was announced; the first 4,096 bytes are kept, as text.</param>
    /// <param name="at">When.</param>
    public static void WriteRejected(IBufferWriter<byte> output, AnnouncementResult result, string subject, ReadOnlySpan<byte> payload, DateTimeOffset at)
    {
        const int KeptBytes = 4096;
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("subject"u8, subject);
        writer.WriteString("at"u8, JsonOutput.Time(at));
        WriteMembers(writer, result, null);
        // As every record of what failed says it; an announcement is read once, and it is the device that tries again.
        writer.WriteNumber("attempts"u8, 1);
        writer.WriteNumber("bytes"u8, payload.Length);
        writer.WriteString("payload"u8, JsonOutput.Lossy(payload[..Math.Min(payload.Length, KeptBytes)]));
        writer.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter writer, AnnouncementResult result, ulong? revision)
    {
        writer.WriteBoolean("ok"u8, result.Ok);
        if (result.Ok)
        {
            if (revision is { } known)
            {
                writer.WriteNumber("revision"u8, known);
            }

            if (!result.Errors.IsEmpty)
            {
                writer.WriteNumber("accepted"u8, result.Accepted);
            }
        }

        WriteList(writer, "errors"u8, result.Errors.AsSpan());
        WriteList(writer, "warnings"u8, result.Warnings.AsSpan());
    }

    private static void WriteList(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<ContractError> items)
    {
        if (items.IsEmpty)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStartObject();
            writer.WriteString("path"u8, item.Path);
            writer.WriteString("code"u8, item.Code);
            writer.WriteString("message"u8, item.Message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
