namespace NATS.Client.JetStream.Models;

/// <summary>
/// Which client a priority group is pinned to.
/// </summary>
public record PriorityGroupState
{
    /// <summary>Name of the group.</summary>
    public string Group { get; set; } = string.Empty;

    /// <summary>Id of the pin.</summary>
    public string? PinnedClientId { get; set; }

    /// <summary>Since when.</summary>
    public DateTimeOffset PinnedTs { get; set; }
}
