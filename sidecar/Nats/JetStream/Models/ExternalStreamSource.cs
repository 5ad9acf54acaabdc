using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// How a stream of another account or JetStream domain is reached.
/// </summary>
public record ExternalStreamSource
{
    /// <summary>Prefix of its API, for example <c>$JS.hub.API</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string Api { get; set; } = string.Empty;

    /// <summary>Prefix of the subjects on which it delivers.</summary>
    public string? Deliver { get; set; }
}
