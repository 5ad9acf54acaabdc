using System.Runtime.InteropServices;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Commands;

/// <summary>
/// Reads a device's answer. Done is an empty reply without a <c>Status</c> header, or <c>{"ok": true}</c>; <c>{"ok": false, …}</c> is the device's own error;
/// anything else is INTERNAL_ERROR, since a foreign stream's acknowledgement looks like an answer (contract.md, "Command").
/// </summary>
public static class CommandReplyReader
{
    private const int MaxBytes = 1024 * 1024;

    private static readonly HashSet<string> DeviceCodes = new(StringComparer.Ordinal)
    {
        CommandCodes.DeviceOffline, CommandCodes.InvalidCommand, CommandCodes.InvalidParameter, CommandCodes.Unauthorized,
        CommandCodes.Timeout, CommandCodes.InternalError, CommandCodes.Busy,
    };

    /// <summary>Reads an answer. Never throws for what a device sent.</summary>
    /// <param name="utf8">The payload.</param>
    /// <param name="hasStatusHeader">Whether the message carries a <c>Status</c> header: then it is the server's word, not the device's.</param>
    public static CommandReply Read(ReadOnlySpan<byte> utf8, bool hasStatusHeader)
    {
        if (hasStatusHeader)
        {
            return CommandReply.Failed(CommandCodes.InternalError, "the answer is a status of the server, not the device's own");
        }

        if (utf8.IsEmpty)
        {
            return CommandReply.Done;
        }

        using var document = StrictJson.Parse(utf8, MaxBytes, out var error);
        if (document is null)
        {
            return CommandReply.Failed(CommandCodes.InternalError, $"the device's answer cannot be read: {error!.Message}");
        }

        var root = document.RootElement;
        return JsonFields.Truth(root, "ok") switch
        {
            true => new CommandReply { Ok = true, State = Raw(root, "state"), Response = Raw(root, "response") },
            false => ReadError(root),
            null => CommandReply.Failed(CommandCodes.InternalError, NotAnAnswer(root)),
        };
    }

    private static CommandReply ReadError(JsonElement root)
    {
        var error = root.TryGetProperty("error", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        var code = JsonFields.Text(error, "code");
        var message = JsonFields.Text(error, "message");
        if (string.IsNullOrWhiteSpace(message))
        {
            message = code is null ? "the device refused without a reason" : $"the device answered {code}";
        }

        return CommandReply.Failed(
            code is not null && DeviceCodes.Contains(code) ? code : CommandCodes.InternalError,
            Bounded.Text(message, Bounded.MaxMessage));
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
