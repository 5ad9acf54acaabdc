using System.Runtime.InteropServices;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Commands;

/// <summary>A device's reply (docs/devices.md, "Commands").</summary>
public sealed record CommandReply
{
    /// <summary>Whether the device carried out the command.</summary>
    public required bool Ok { get; init; }

    /// <summary>
    /// The entity's state as a preview, raw JSON and not yet checked (<see cref="States.StateReader"/> does); null when there is
    /// none.
    /// </summary>
    public ReadOnlyMemory<byte>? State { get; init; }

    /// <summary>The device's response data, raw JSON; null when there is none.</summary>
    public ReadOnlyMemory<byte>? Response { get; init; }

    /// <summary>
    /// Whether what stands behind the device has shown that the command was carried out; null: the device did it itself.
    /// </summary>
    public bool? Confirmed { get; init; }

    /// <summary>One of <see cref="Errors.CommandCodes"/> when not ok.</summary>
    public string? Code { get; init; }

    /// <summary>
    /// What the person who pressed the button reads when not ok; at most 1,000 characters, no control characters.
    /// </summary>
    public string? Message { get; init; }

    /// <summary>
    /// One of <see cref="CommandReasons"/> when not ok and the message is not the device's own; null when it is.
    /// </summary>
    public string? Reason { get; init; }

    internal static CommandReply Done { get; } = new() { Ok = true };

    internal static CommandReply Failed(string code, string message, string? reason) =>
        new() { Ok = false, Code = code, Message = message, Reason = reason };

    internal static CommandReply Unreadable(string message) =>
        Failed(CommandCodes.InternalError, message, CommandReasons.BadAnswer);
}

/// <summary>
/// Reads a device's answer. Done is an empty reply without a <c>Status</c> header, or <c>{"ok": true}</c>; <c>{"ok": false,
/// …}</c> is the device's own error; anything else is INTERNAL_ERROR, since a foreign stream's acknowledgement looks like an
/// answer (docs/devices.md, "Commands").
/// </summary>
public static class CommandReplyReader
{
    private const int MaxBytes = 1024 * 1024;

    /// <summary>A device's codes, and what each means where the device gives no message.</summary>
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        [CommandCodes.DeviceOffline] = CommandReasons.Offline,
        [CommandCodes.InvalidCommand] = CommandReasons.UnknownAction,
        [CommandCodes.InvalidParameter] = CommandReasons.UnknownValue,
        [CommandCodes.Unauthorized] = CommandReasons.NotAllowed,
        [CommandCodes.Timeout] = CommandReasons.NotFinished,
        [CommandCodes.InternalError] = CommandReasons.DeviceFailed,
        [CommandCodes.Busy] = CommandReasons.DeviceBusy,
    };

    /// <summary>Reads an answer. Never throws for what a device sent.</summary>
    /// <param name="utf8">The payload.</param>
    /// <param name="hasStatusHeader">Whether the message carries a <c>Status</c> header: then the server sent it, not the
    /// device.</param>
    public static CommandReply Read(ReadOnlySpan<byte> utf8, bool hasStatusHeader)
    {
        if (hasStatusHeader)
        {
            return CommandReply.Unreadable("the answer is a status of the server, not the device's own");
        }

        if (utf8.IsEmpty)
        {
            return CommandReply.Done;
        }

        using var document = StrictJson.ParseLeniently(utf8, MaxBytes, out var error);
        if (document is null)
        {
            return CommandReply.Unreadable($"the device's answer cannot be read: {error!.Message}");
        }

        var root = document.RootElement;
        return JsonFields.Truth(root, "ok") switch
        {
            true => new CommandReply
            {
                Ok = true,
                State = Raw(root, "state"),
                Response = Raw(root, "response"),
                Confirmed = JsonFields.Truth(root, "confirmed"),
            },
            false => ReadError(root),
            null => CommandReply.Unreadable(NotAnAnswer(root)),
        };
    }

    private static CommandReply ReadError(JsonElement root)
    {
        var error = root.TryGetProperty("error", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        var code = JsonFields.Text(error, "code");
        var known = code is not null && Reasons.ContainsKey(code) ? code : CommandCodes.InternalError;
        var message = JsonFields.Text(error, "message");

        // A code is no message for a person.
        if (!string.IsNullOrWhiteSpace(message) && message != code)
        {
            return CommandReply.Failed(known, Bounded.Text(message, Bounded.MaxMessage), null);
        }

        message = code is null ? "the device refused without a reason" : $"the device answered {code}";
        return CommandReply.Failed(known, Bounded.Text(message, Bounded.MaxMessage), Reasons[known]);
    }

    private static string NotAnAnswer(JsonElement root) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty("stream", out _) && root.TryGetProperty("seq", out _)
            ? "a JetStream stream answered in the device's place: a stream captures the device's .set subject"
            : "the device's answer is neither empty nor {\"ok\": true} nor {\"ok\": false, \"error\": {…}}";

    private static ReadOnlyMemory<byte>? Raw(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return null;
        }

        return JsonMarshal.GetRawUtf8Value(value).ToArray();
    }
}
