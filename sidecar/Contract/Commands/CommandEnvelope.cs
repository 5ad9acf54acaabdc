using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Commands;

/// <summary>The payload of a request on <c>home.devices.{type}.{id}.set</c> (contract.md, "Command").</summary>
public sealed record CommandEnvelope
{
    /// <summary>The command's id: a device that sees it again repeats its answer.</summary>
    public required string Id { get; init; }

    /// <summary>The entity's key.</summary>
    public required string Entity { get; init; }

    /// <summary>The Home Assistant action without its domain.</summary>
    public required string Action { get; init; }

    /// <summary>The action's data, a JSON object; anything else is sent as <c>{}</c>.</summary>
    public JsonElement Params { get; init; }

    /// <summary>How long the sidecar waits for the answer, in milliseconds.</summary>
    public required long DeadlineMs { get; init; }

    /// <summary>Where it comes from: <c>home_assistant</c>, …</summary>
    public required string Origin { get; init; }

    /// <summary>The origin's own id of this occasion.</summary>
    public string? ContextId { get; init; }

    /// <summary>The person, as Home Assistant's user id.</summary>
    public string? UserId { get; init; }

    /// <summary>Writes the payload.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteNumber("schema"u8, 1);
        writer.WriteString("id"u8, Id);
        writer.WriteString("entity"u8, Entity);
        writer.WriteString("action"u8, Action);
        CommandJson.WriteParams(writer, Params);
        writer.WriteNumber("deadline_ms"u8, DeadlineMs);
        CommandJson.WriteContext(writer, Origin, ContextId, UserId);
        writer.WriteEndObject();
    }

    /// <summary>Reads a payload, as a device does; false with the reason when it is no command.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out CommandEnvelope? command, out ContractError? error)
    {
        command = null;
        using var document = StrictJson.Parse(utf8, 1024 * 1024, out error);
        if (document is null)
        {
            return false;
        }

        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || JsonFields.Text(root, "id") is not { } id
            || JsonFields.Text(root, "entity") is not { } entity || !Token.IsValid(entity)
            || JsonFields.Text(root, "action") is not { } action)
        {
            error = new ContractError("", AnnounceCodes.MissingField, "expected an object with id, entity and action");
            return false;
        }

        var context = root.TryGetProperty("context", out var given) && given.ValueKind == JsonValueKind.Object ? given : default;
        command = new CommandEnvelope
        {
            Id = id,
            Entity = entity,
            Action = action,
            Params = root.TryGetProperty("params", out var parameters) ? parameters.Clone() : default,
            DeadlineMs = root.TryGetProperty("deadline_ms", out var ms) && ms.ValueKind == JsonValueKind.Number && ms.TryGetInt64(out var value) ? value : 5000,
            Origin = JsonFields.Text(context, "origin") ?? "",
            ContextId = JsonFields.Text(context, "id"),
            UserId = JsonFields.Text(context, "user_id"),
        };
        return true;
    }
}
