using System.Text.Json.Nodes;

namespace HaNatsBridge.Host.Health;

/// <summary>The state of a feature.</summary>
public enum HealthState
{
    /// <summary>Works as it should.</summary>
    Ok,

    /// <summary>Works in part, or waits for something that a person or time can mend.</summary>
    Degraded,

    /// <summary>Has not been ready yet since the host started.</summary>
    Starting,
}

/// <summary>A feature's part of <c>GET /api/health</c> with the token. Never a secret.</summary>
/// <param name="State">The state in a word.</param>
/// <param name="Message">What is wrong and what to do, for people; null when nothing is.</param>
/// <param name="Details">Numbers and names; null when there are none.</param>
public sealed record HealthReport(HealthState State, string? Message = null, JsonObject? Details = null);
