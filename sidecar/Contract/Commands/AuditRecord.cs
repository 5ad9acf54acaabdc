using System.Buffers;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Commands;

/// <summary>
/// What <c>home.audit.commands.{type}.{id}</c> keeps of a command: <c>{id, entity, action, params, context, outcome, code, ms, at}</c> (contract.md, "Command").
/// </summary>
public sealed record AuditRecord
{
    /// <summary>The command's id.</summary>
    public required string Id { get; init; }

    /// <summary>The entity's key.</summary>
    public required string Entity { get; init; }

    /// <summary>The action.</summary>
    public required string Action { get; init; }

    /// <summary>The action's data, a JSON object.</summary>
    public JsonElement Params { get; init; }

    /// <summary>Where it came from.</summary>
    public required string Origin { get; init; }

    /// <summary>The origin's own id of the occasion.</summary>
    public string? ContextId { get; init; }

    /// <summary>The person.</summary>
    public string? UserId { get; init; }

    /// <summary>Whether the device did it: written as <c>ok</c> or <c>error</c>.</summary>
    public required bool Ok { get; init; }

    /// <summary>One of <see cref="Errors.CommandCodes"/> when not ok, else null.</summary>
    public string? Code { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public required double Milliseconds { get; init; }

    /// <summary>When the outcome was known.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Writes the record.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        using var writer = JsonOutput.Writer(output);
        writer.WriteStartObject();
        writer.WriteString("id"u8, Id);
        writer.WriteString("entity"u8, Entity);
        writer.WriteString("action"u8, Action);
        CommandJson.WriteParams(writer, Params);
        CommandJson.WriteContext(writer, Origin, ContextId, UserId);
        writer.WriteString("outcome"u8, Ok ? "ok"u8 : "error"u8);
        writer.WriteStringOrNull("code"u8, Code);
        writer.WriteNumber("ms"u8, Math.Round(Milliseconds, 3));
        writer.WriteString("at"u8, JsonOutput.Time(At));
        writer.WriteEndObject();
    }
}
