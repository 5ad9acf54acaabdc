using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// Which message to remove.
/// </summary>
public record StreamMsgDeleteRequest
{
    /// <summary>Its sequence.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ulong Seq { get; set; }

    /// <summary>Whether its bytes may stay on the disk: faster.</summary>
    public bool NoErase { get; set; }
}
