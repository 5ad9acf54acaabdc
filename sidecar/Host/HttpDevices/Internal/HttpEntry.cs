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

    /// <summary>Where its requests go, and with what.</summary>
    public HttpTarget Target =>
        new([.. Entities.Select(entity => entity.Command?.Root).Append(Url).OfType<Uri>()], Headers, Timeout);
}

/// <summary>Where requests go, and with what.</summary>
/// <param name="Named">The addresses that the settings name: only their hosts may be in the local network, and get the headers.</param>
/// <param name="Headers">Headers of every request, the login among them. May hold secrets.</param>
/// <param name="Timeout">How long a request may take.</param>
internal sealed record HttpTarget(
    IReadOnlyList<Uri> Named, IReadOnlyList<(string Name, string Value)> Headers, TimeSpan Timeout)
{
    /// <summary>The hosts.</summary>
    public IReadOnlySet<string> Hosts => Named.Select(url => url.IdnHost).ToHashSet(StringComparer.OrdinalIgnoreCase);
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
