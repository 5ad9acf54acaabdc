using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Commands;

/// <summary>
/// What <c>home.audit.commands.{type}.{id}</c> stores of a command: <c>{id, entity, action, params, context, outcome, code, ms,
/// at}</c> (docs/devices.md, "Commands"), and <c>home.audit.actions.{domain}.{service}</c> of an action that a program on NATS
/// called in Home Assistant. Written in this order.
/// </summary>
public sealed record AuditRecord
{
    /// <summary>The command's id.</summary>
    public required string Id { get; init; }

    /// <summary>The entity's key; null for an action in Home Assistant, whose target is in the parameters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Entity { get; init; }

    /// <summary>The action.</summary>
    public required string Action { get; init; }

    /// <summary>The action's data, a JSON object, without secrets (<see cref="Redaction.CommandSecrets"/>).</summary>
    [JsonConverter(typeof(ObjectConverter))]
    public JsonElement Params { get; init; }

    /// <summary>Where it came from.</summary>
    public required CommandContext Context { get; init; }

    /// <summary>Whether the device did it.</summary>
    [JsonIgnore]
    public bool Ok => Code is null;

    /// <summary><c>ok</c> or <c>error</c>.</summary>
    public string Outcome => Ok ? "ok" : "error";

    /// <summary>One of <see cref="Errors.CommandCodes"/>; null when the device did it.</summary>
    public string? Code { get; init; }

    /// <summary>Whether what stands behind the device has shown it; absent where the device did it itself.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? Confirmed { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    [JsonPropertyName("ms"), JsonConverter(typeof(MillisecondsConverter))]
    public required double Milliseconds { get; init; }

    /// <summary>When the outcome was known.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public required DateTimeOffset At { get; init; }

    /// <summary>Writes the record.</summary>
    public void Write(IBufferWriter<byte> output) => JsonOutput.Write(output, this, CommandsJson.Default.AuditRecord);
}
