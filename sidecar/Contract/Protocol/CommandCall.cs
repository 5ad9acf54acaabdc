using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Protocol;

/// <summary>The argument of Command (contract/protocol.md).</summary>
public sealed record CommandCall
{
    /// <summary>Which entity.</summary>
    public required EntityId Entity { get; init; }

    /// <summary>The Home Assistant action without its domain.</summary>
    public required string Action { get; init; }

    /// <summary>The action's data, a JSON object or undefined.</summary>
    public JsonElement Params { get; init; }

    /// <summary>Makes the command idempotent; null: the sidecar makes one.</summary>
    public string? Id { get; init; }

    /// <summary>100–60,000 ms; null: the entity's own, else the default.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Where it comes from; the origin is <c>client</c> when it is not given.</summary>
    public required CommandContext Context { get; init; }

    /// <summary>Whether a lost answer may be repeated, when the action is idempotent.</summary>
    public bool AllowRetry { get; init; }

    /// <summary>Reads the argument; false with the reason when it has the wrong shape.</summary>
    public static bool TryRead(
        JsonElement argument, [NotNullWhen(true)] out CommandCall? call, [NotNullWhen(false)] out ProtocolError? error)
    {
        call = null;
        error = ProtocolJson.Unreadable(argument, "command") ?? Check(argument);
        if (error is not null)
        {
            return false;
        }

        TryReadEntity(JsonFields.Text(argument, "entity"), out var entity);
        var context = argument.TryGetProperty("context", out var given) ? given : default;
        var deadline = JsonFields.Whole(argument, "deadline_ms");
        call = new CommandCall
        {
            Entity = entity,
            Action = JsonFields.Text(argument, "action")!,
            Params = argument.TryGetProperty("params", out var parameters) && parameters.ValueKind == JsonValueKind.Object
                ? parameters.Clone()
                : default,
            Id = JsonFields.Text(argument, "id"),
            Deadline = deadline is null ? null : TimeSpan.FromMilliseconds(deadline.Value),
            Context = new CommandContext(Text(context, "origin") ?? "client", Text(context, "id"), Text(context, "user_id")),
            AllowRetry = JsonFields.Truth(argument, "allow_retry") ?? false,
        };
        return true;
    }

    private static ProtocolError? Check(JsonElement argument)
    {
        if (!TryReadEntity(JsonFields.Text(argument, "entity"), out _))
        {
            return Wrong("entity", "expected {type}.{id}.{key}");
        }

        if (JsonFields.Text(argument, "action") is not { Length: > 0 and <= Token.MaxLength } action || !Token.IsValid(action))
        {
            return Wrong("action", "expected the action's name, as turn_on");
        }

        if (argument.TryGetProperty("params", out var parameters)
            && parameters.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
        {
            return Wrong("params", "expected an object");
        }

        if (argument.TryGetProperty("id", out var id) && id.ValueKind != JsonValueKind.Null
            && !Token.IsValid(JsonFields.Text(argument, "id")))
        {
            return Wrong("id", "expected null or 1 to 64 of the characters A-Z a-z 0-9 _ -");
        }

        return argument.TryGetProperty("deadline_ms", out var deadline) && deadline.ValueKind != JsonValueKind.Null
            && JsonFields.Whole(argument, "deadline_ms") is not (>= 100 and <= 60_000)
            ? Wrong("deadline_ms", "expected null or a whole number from 100 to 60000")
            : null;
    }

    private static string? Text(JsonElement context, string name) =>
        JsonFields.Text(context, name) is { } text ? Bounded.Text(text, 64) : null;

    private static ProtocolError Wrong(string path, string message) => new(CommandCodes.InvalidParameter, $"{path}: {message}");

    private static bool TryReadEntity(string? text, out EntityId entity)
    {
        entity = default;
        var dot = text?.LastIndexOf('.') ?? -1;
        if (dot < 0 || !DeviceId.TryParse(text![..dot], out var device) || !Token.IsValid(text.AsSpan(dot + 1)))
        {
            return false;
        }

        entity = new EntityId(device, text[(dot + 1)..]);
        return true;
    }
}

/// <summary>The result of Command (contract/protocol.md). Written in this order.</summary>
public sealed record CommandResult
{
    /// <summary>The command's id.</summary>
    public required string Id { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    [JsonPropertyName("ms"), JsonConverter(typeof(MillisecondsConverter))]
    public required double Milliseconds { get; init; }

    /// <summary>A normalised preview of the state; null: none.</summary>
    [JsonConverter(typeof(RawBytesConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReadOnlyMemory<byte>? State { get; init; }

    /// <summary>The device's response data, JSON; null: none.</summary>
    [JsonConverter(typeof(RawBytesConverter)), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ReadOnlyMemory<byte>? Response { get; init; }

    /// <summary>Why it failed; null: the device did it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProtocolError? Error { get; init; }

    /// <summary>Writes the result.</summary>
    public void Write(IBufferWriter<byte> output) => JsonOutput.Write(output, this, ProtocolJson.Default.CommandResult);
}
