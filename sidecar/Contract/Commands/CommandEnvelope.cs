using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Commands;

/// <summary>Where a command comes from.</summary>
/// <param name="Origin"><c>home_assistant</c>, <c>automation</c>, …</param>
/// <param name="Id">The origin's own id of this occasion.</param>
/// <param name="UserId">The person, as Home Assistant's user id.</param>
public sealed record CommandContext(string Origin = "", string? Id = null, string? UserId = null);

/// <summary>
/// The payload of a request on <c>home.devices.{type}.{id}.set</c> (docs/devices.md, "Commands"). Written in this order.
/// </summary>
public sealed record CommandEnvelope
{
    /// <summary>The schema of the payload.</summary>
    public int Schema { get; } = 1;

    /// <summary>The command's id: a device that sees it again repeats its answer.</summary>
    public required string Id { get; init; }

    /// <summary>The entity's key.</summary>
    public required string Entity { get; init; }

    /// <summary>The Home Assistant action without its domain.</summary>
    public required string Action { get; init; }

    /// <summary>The action's data, a JSON object; anything else is sent as <c>{}</c>.</summary>
    [JsonConverter(typeof(ObjectConverter))]
    public JsonElement Params { get; init; }

    /// <summary>How long the sidecar waits for the answer, in milliseconds.</summary>
    /// <remarks>
    /// A setter, not <c>init</c>: the generated reader would replace the default by 0 where a payload has none.
    /// </remarks>
    public long DeadlineMs { get; set; } = 5000;

    /// <summary>Where it comes from.</summary>
    /// <remarks>As above.</remarks>
    public CommandContext Context { get; set; } = new();

    /// <summary>Writes the payload.</summary>
    public void Write(IBufferWriter<byte> output) => JsonOutput.Write(output, this, CommandsJson.Default.CommandEnvelope);

    /// <summary>Reads a payload, as a device does; false with the reason when it is no command.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out CommandEnvelope? command, out ContractError? error)
    {
        command = null;
        using var document = StrictJson.Parse(utf8, 1024 * 1024, out error);
        if (document is null)
        {
            return false;
        }

        const string expected = "expected a command with id, entity and action";
        try
        {
            command = document.Deserialize(CommandsJson.Default.CommandEnvelope);
        }
        catch (JsonException e)
        {
            error = new ContractError(e.Path?.TrimStart('$', '.') ?? "", AnnounceCodes.InvalidValue, expected);
            return false;
        }

        // The reader takes a null for any of them.
        if (command is null or { Id: null } or { Action: null } or { Context: null } || !Token.IsValid(command.Entity))
        {
            command = null;
            error = new ContractError("", AnnounceCodes.InvalidValue, expected);
        }

        return command is not null;
    }
}
