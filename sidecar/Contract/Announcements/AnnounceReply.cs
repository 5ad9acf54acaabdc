using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;
using HaNatsBridge.Contract.Redaction;

namespace HaNatsBridge.Contract.Announcements;

/// <summary>
/// Writes the reply to an announcement: <c>{"ok": true, "revision": 7, "warnings": […]}</c>, with <c>"accepted"</c> and
/// <c>"errors"</c> when entities were left out, or <c>{"ok": false, "errors": […]}</c> (docs/devices.md, "Announce").
/// </summary>
public static class AnnounceReply
{
    private const int MaxPayloadBytes = 4096;

    /// <summary>Writes the reply of a result.</summary>
    /// <param name="output">Takes the JSON, UTF-8.</param>
    /// <param name="result">The result.</param>
    /// <param name="revision">The KV revision of the device's key; null when nothing was stored.</param>
    public static void Write(IBufferWriter<byte> output, AnnouncementResult result, ulong? revision) =>
        JsonOutput.Write(output, new AnnounceAnswer(result, revision), AnnouncementsJson.Default.AnnounceAnswer);

    /// <summary>Writes a refusal that has one reason, as <c>UNAUTHORIZED</c> or <c>NOT_STORED</c>.</summary>
    public static void WriteRefused(IBufferWriter<byte> output, string path, string code, string message) =>
        Write(output, AnnouncementResult.Refused(path, code, message), null);

    /// <summary>
    /// Writes the record for <c>home.discovery.rejected</c>: the same as the reply, with the subject and the first bytes of the
    /// announcement, so that a person can see whose it was.
    /// </summary>
    /// <param name="output">Takes the JSON, UTF-8.</param>
    /// <param name="result">The result.</param>
    /// <param name="subject">Where it came from.</param>
    /// <param name="payload">What was announced; the first 4,096 bytes are written, as text, without secrets.</param>
    /// <param name="at">When.</param>
    public static void WriteRejected(
        IBufferWriter<byte> output, AnnouncementResult result, string subject, ReadOnlySpan<byte> payload, DateTimeOffset at) =>
        JsonOutput.Write(
            output,
            new RejectedAnnouncement(result with { Errors = Redacted(result.Errors), Warnings = Redacted(result.Warnings) })
            {
                Subject = subject,
                At = at,
                Bytes = payload.Length,
                Payload = Beginning(payload),
            },
            AnnouncementsJson.Default.RejectedAnnouncement);

    private static ImmutableArray<ContractError> Redacted(ImmutableArray<ContractError> issues) =>
        [.. issues.Select(issue => issue with { Message = Redactor.Text(issue.Message) })];

    private static string Beginning(ReadOnlySpan<byte> payload)
    {
        // A secret must be whole to be found.
        var text = Redactor.Payload(payload[..Math.Min(payload.Length, 2 * MaxPayloadBytes)]);
        return text[..Math.Min(text.Length, MaxPayloadBytes)];
    }
}

internal class AnnounceAnswer(AnnouncementResult result, ulong? revision)
{
    public bool Ok => result.Ok;

    public ulong? Revision => Ok ? revision : null;

    public int? Accepted => Ok && Errors is not null ? result.Accepted : null;

    public ImmutableArray<ContractError>? Errors => result.Errors.IsEmpty ? null : result.Errors;

    public ImmutableArray<ContractError>? Warnings => result.Warnings.IsEmpty ? null : result.Warnings;
}

internal sealed class RejectedAnnouncement(AnnouncementResult result) : AnnounceAnswer(result, null)
{
    [JsonPropertyOrder(-2)]
    public required string Subject { get; init; }

    [JsonPropertyOrder(-1), JsonConverter(typeof(TimeConverter))]
    public required DateTimeOffset At { get; init; }

    /// <summary>Each record of a failure has it; an announcement is read once, and the device tries again.</summary>
    [JsonPropertyOrder(1)]
    public int Attempts { get; } = 1;

    [JsonPropertyOrder(2)]
    public required int Bytes { get; init; }

    [JsonPropertyOrder(3)]
    public required string Payload { get; init; }
}

/// <summary>How the replies to announcements are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AnnounceAnswer))]
[JsonSerializable(typeof(RejectedAnnouncement))]
internal sealed partial class AnnouncementsJson : JsonSerializerContext;
