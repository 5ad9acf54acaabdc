using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// Renames subjects (ADR-36).
/// </summary>
public record SubjectTransform
{
    /// <summary>Subject to match, wildcards allowed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string Src { get; set; } = string.Empty;

    /// <summary>New subject, with <c>$1</c> or <c>{{wildcard(1)}}</c> for the wildcards.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string Dest { get; set; } = string.Empty;
}
