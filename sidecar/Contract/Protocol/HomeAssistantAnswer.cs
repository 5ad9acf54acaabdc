using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>
/// The reply to a <see cref="HomeAssistantRequest"/>: <c>{"ok": true, …}</c> or <c>{"ok": false, "error": {"code",
/// "message"}}</c>.
/// </summary>
public sealed record HomeAssistantAnswer
{
    private static readonly string[] StateMembers =
        ["entity_id", "state", "attributes", "last_changed", "last_updated", "context"];

    private HomeAssistantAnswer(string? code, ReadOnlyMemory<byte> json) => (Code, Json) = (code, json);

    /// <summary>One of <see cref="CommandCodes"/> or <see cref="RequestCodes"/>; null when it was done.</summary>
    public string? Code { get; }

    /// <summary>The reply, UTF-8.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>Home Assistant's id of this occasion, as in the context of what changed; null where nothing was called.</summary>
    public string? ContextId { get; private init; }

    /// <summary>The user in Home Assistant in whose name it was done.</summary>
    public string? UserId { get; private init; }

    /// <summary>A refusal.</summary>
    public static HomeAssistantAnswer Failed(string code, string message)
    {
        var output = new ArrayBufferWriter<byte>(128);
        using (var writer = JsonOutput.Writer(output))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("ok", false);
            writer.WriteStartObject("error");
            writer.WriteString("code", code);
            writer.WriteString("message", Bounded.Text(message, Bounded.MaxMessage));
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return new HomeAssistantAnswer(code, output.WrittenMemory);
    }

    /// <summary>
    /// Reads the result that a client gives to Answer (contract/protocol.md); states are published without secrets.
    /// </summary>
    public static bool TryRead(
        HomeAssistantRequestKind kind, JsonElement result,
        [NotNullWhen(true)] out HomeAssistantAnswer? answer, [NotNullWhen(false)] out ProtocolError? error)
    {
        answer = null;
        error = ProtocolJson.Unreadable(result, "result");
        if (error is not null)
        {
            return false;
        }

        answer = JsonFields.Truth(result, "ok") switch
        {
            true => Done(kind, result),
            false => Refused(result),
            null => null,
        };
        error = answer is null
            ? new ProtocolError(
                ProtocolCodes.InvalidValue, "result: expected {\"ok\": true, …} or {\"ok\": false, \"error\": {…}}")
            : null;
        return answer is not null;
    }

    private static HomeAssistantAnswer? Refused(JsonElement result)
    {
        var failure = result.TryGetProperty("error", out var given) ? given : default;
        if (JsonFields.Text(failure, "code") is not { } code || !Token.IsValid(code))
        {
            return null;
        }

        var (id, user) = ContextOf(result);
        return Failed(code, JsonFields.Text(failure, "message") ?? "") with { ContextId = id, UserId = user };
    }

    private static HomeAssistantAnswer? Done(HomeAssistantRequestKind kind, JsonElement result)
    {
        var output = new ArrayBufferWriter<byte>(512);
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteBoolean("ok", true);
        switch (kind)
        {
            case HomeAssistantRequestKind.Action:
                Copy(writer, result, "response");
                Copy(writer, result, "context");
                break;
            case HomeAssistantRequestKind.States when result.TryGetProperty("states", out var states)
                && states.ValueKind == JsonValueKind.Array:
                writer.WriteStartArray("states");
                foreach (var state in states.EnumerateArray().Where(state => state.ValueKind == JsonValueKind.Object))
                {
                    HomeAssistantState.Write(writer, state, StateMembers);
                }

                writer.WriteEndArray();
                writer.WriteString("next", JsonFields.Text(result, "next"));
                break;
            case HomeAssistantRequestKind.State when result.TryGetProperty("state", out var one)
                && one.ValueKind == JsonValueKind.Object:
                writer.WritePropertyName("state");
                HomeAssistantState.Write(writer, one, StateMembers);
                break;
            default:
                return null;
        }

        writer.WriteEndObject();
        writer.Flush();
        var (id, user) = ContextOf(result);
        return new HomeAssistantAnswer(null, output.WrittenMemory) { ContextId = id, UserId = user };
    }

    private static void Copy(Utf8JsonWriter writer, JsonElement from, string name)
    {
        if (from.TryGetProperty(name, out var value))
        {
            value.WriteTo(writer, name);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static (string? Id, string? User) ContextOf(JsonElement result)
    {
        var context = result.TryGetProperty("context", out var given) ? given : default;
        return (Short(context, "id"), Short(context, "user_id"));
    }

    private static string? Short(JsonElement context, string name) =>
        JsonFields.Text(context, name) is { } text ? Bounded.Text(text, 64) : null;
}

/// <summary>The codes of a reply to a request besides those of commands (contract/README.md, "Codes").</summary>
public static class RequestCodes
{
    public const string NotFound = "NOT_FOUND";
    public const string ActionFailed = "ACTION_FAILED";
    public const string TooLarge = AnnounceCodes.TooLarge;
}
