using HaNatsBridge.Host.ConfiguredDevices;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>The HTTP devices of the settings.</summary>
internal sealed record HttpDevicesOptions
{
    /// <summary>The entries; none: the feature does nothing.</summary>
    public IReadOnlyList<HttpEntry> Entries { get; init; } = [];
}

/// <summary>One device.</summary>
internal sealed record HttpEntry
{
    /// <summary>Where its states are read; null: it only takes commands.</summary>
    public Uri? Url { get; init; }

    /// <summary>How often.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>How long a request may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Headers of every request, the login among them. May hold secrets.</summary>
    public required IReadOnlyList<(string Name, string Value)> Headers { get; init; }

    /// <summary>The device.</summary>
    public required DeviceConfig Device { get; init; }

    /// <summary>Its entities.</summary>
    public required IReadOnlyList<HttpEntity> Entities { get; init; }

    /// <summary>The hosts that the settings name: only these may be at a private address.</summary>
    public IReadOnlySet<string> Hosts => Entities.Select(entity => entity.Command?.Root.IdnHost).Append(Url?.IdnHost).OfType<string>()
        .ToHashSet(StringComparer.OrdinalIgnoreCase);
}

/// <summary>An entity of such a device.</summary>
/// <param name="Config">The entity.</param>
/// <param name="Command">What its commands are; null: it takes none.</param>
internal sealed record HttpEntity(EntityConfig Config, HttpCommand? Command);

/// <summary>A request that a command is.</summary>
/// <param name="Method">The method.</param>
/// <param name="Root">The scheme, the host and the port, which no template changes.</param>
/// <param name="Url">The whole address.</param>
/// <param name="Body">The body; null: none.</param>
internal sealed record HttpCommand(HttpMethod Method, Uri Root, CommandText Url, CommandText? Body);
