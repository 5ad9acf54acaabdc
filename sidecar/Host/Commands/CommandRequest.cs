using System.Text.Json;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Commands;

/// <summary>What somebody wants a device to do (docs/devices.md, "Commands").</summary>
public sealed record CommandRequest
{
    /// <summary>Which entity.</summary>
    public required EntityId Entity { get; init; }

    /// <summary>The Home Assistant action without its domain, such as <c>set_temperature</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The action's data, a JSON object.</summary>
    public required JsonElement Params { get; init; }

    /// <summary>Makes the command idempotent; a new ULID when null.</summary>
    public string? Id { get; init; }

    /// <summary>How long the caller waits; null: the entity's <c>command_timeout</c>, else 5 s.</summary>
    public TimeSpan? Deadline { get; init; }

    /// <summary>Where it comes from: <c>home_assistant</c>, <c>automation</c>, …</summary>
    public required string Origin { get; init; }

    /// <summary>The origin's own id of this occasion, null where it has none.</summary>
    public string? ContextId { get; init; }

    /// <summary>The person, as Home Assistant's user id; null when nobody.</summary>
    public string? UserId { get; init; }

    /// <summary>Whether a lost answer may be repeated, when the action is idempotent.</summary>
    public bool AllowRetry { get; init; }
}
