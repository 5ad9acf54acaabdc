using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// A stream that is mirrored or copied into another.
/// </summary>
public record StreamSource
{
    /// <summary>Name of the origin.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string Name { get; set; } = string.Empty;

    /// <summary>First sequence to copy.</summary>
    public ulong OptStartSeq { get; set; }

    /// <summary>First time to copy.</summary>
    public DateTimeOffset OptStartTime { get; set; }

    /// <summary>Copies only this subject.</summary>
    public string? FilterSubject { get; set; }

    /// <summary>Renames subjects while copying (server 2.10).</summary>
    public ICollection<SubjectTransform>? SubjectTransforms { get; set; }

    /// <summary>New subject of what is copied (withdrawn by the servers before 2.10 was released).</summary>
    public string? SubjectTransformDest { get; set; }

    /// <summary>Where the origin is when it is not in this account and domain.</summary>
    public ExternalStreamSource? External { get; set; }

    /// <summary>JetStream domain of the origin; becomes <see cref="External"/> when the request is sent.</summary>
    [JsonIgnore]
    public string? Domain { get; set; }
}
