namespace HaNatsBridge.Contract.Announcements;

/// <summary>An entity's normalised description (contract.md, "Announce"). Immutable and small: a home has thousands.</summary>
public sealed class EntityDescription
{
    /// <summary>The entity within its device, one safe token.</summary>
    public required string Key { get; init; }

    /// <summary>Home Assistant's platform: <c>sensor</c>, <c>light</c>, …</summary>
    public required string Platform { get; init; }

    /// <summary>The entity's own deadline for commands, 1–60 s; null: the default.</summary>
    public TimeSpan? CommandTimeout { get; init; }

    /// <summary>Whether a repeated value is to be told again (<c>force_update</c>).</summary>
    public bool ForceUpdate { get; init; }

    /// <summary>Whether it reports moments on <c>.event.{key}</c> instead of a state.</summary>
    public bool IsEvent => Platform == "event";

    /// <summary>Whether it has a state at all: not events and buttons.</summary>
    public bool HasState => Platform is not ("event" or "button");

    /// <summary>Its part of the normalised description, a JSON object, UTF-8.</summary>
    public ReadOnlyMemory<byte> Json { get; init; }
}
