using System.Text.Json.Nodes;
using NATS.Client.Services.Internal;

namespace NATS.Client.Services;

/// <summary>Configuration of a service (ADR-32).</summary>
public record NatsSvcConfig
{
    /// <summary>With a name of letters, digits, dash and underscore, and a version by semver.org.</summary>
    /// <exception cref="ArgumentException">One of them is not so.</exception>
    public NatsSvcConfig(string name, string version)
    {
        SvcNames.CheckName(name, "service", nameof(name));
        SvcNames.CheckVersion(version, nameof(version));
        Name = name;
        Version = version;
    }

    /// <summary>Name of the service.</summary>
    public string Name { get; }

    /// <summary>Version of the service.</summary>
    public string Version { get; }

    /// <summary>Purpose of the service.</summary>
    public string? Description { get; init; }

    /// <summary>Additional data.</summary>
    public Dictionary<string, string>? Metadata { get; init; }

    /// <summary>Of the instances in this queue group one gets a request. Default <c>q</c>.</summary>
    public string QueueGroup { get; init; } = "q";

    /// <summary>False: each instance gets each request, where neither endpoint nor group names a queue group. Default true.</summary>
    public bool UseQueueGroup { get; init; } = true;

    /// <summary>The queue group of what names none; null when there is none.</summary>
    internal string? DefaultQueueGroup => UseQueueGroup ? QueueGroup : null;

    /// <summary>Adds data to an endpoint's figures. Where it fails, they come without.</summary>
    public Func<INatsSvcEndpoint, JsonNode>? StatsHandler { get; init; }
}
