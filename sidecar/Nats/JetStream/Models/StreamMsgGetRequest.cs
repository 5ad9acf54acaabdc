using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// Which message to read (ADR-31).
/// </summary>
public record StreamMsgGetRequest
{
    /// <summary>Its sequence, or with <see cref="NextBySubj"/> the first one to look at.</summary>
    public ulong Seq { get; set; }

    /// <summary>The last message of this subject.</summary>
    public string? LastBySubj { get; set; }

    /// <summary>The next message of this subject.</summary>
    public string? NextBySubj { get; set; }

    /// <summary>Leaves out the headers.</summary>
    [JsonPropertyName("no_hdr")]
    public bool NoHeaders { get; set; }
}
