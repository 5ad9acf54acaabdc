using System.Text.Json.Nodes;

namespace HaNatsBridge.Host.Admin;

/// <summary>How a feature is, for <c>GET /api/health</c> with the token. Never a secret.</summary>
/// <param name="State">In a word.</param>
/// <param name="Message">What is wrong and what to do, for people; null when nothing is.</param>
/// <param name="Details">Numbers and names; null when there are none.</param>
public sealed record HealthReport(HealthState State, string? Message = null, JsonObject? Details = null);
