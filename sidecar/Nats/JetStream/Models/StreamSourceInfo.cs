using System.Text.Json.Serialization;

namespace NATS.Client.JetStream.Models;

/// <summary>
/// State of a mirror or source.
/// </summary>
public record StreamSourceInfo
{
    /// <summary>Name of the origin.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Subject that is copied.</summary>
    public string? FilterSubject { get; set; }

    /// <summary>New subject of what is copied.</summary>
    public string? SubjectTransformDest { get; set; }

    /// <summary>Messages that it is behind.</summary>
    public ulong Lag { get; set; }

    /// <summary>Since it was last active; nothing when it never was.</summary>
    [JsonConverter(typeof(NATS.Client.JetStream.Internal.ActiveConverter))]
    public TimeSpan? Active { get; set; }

    /// <summary>Where the origin is.</summary>
    public ExternalStreamSource? External { get; set; }

    /// <summary>What went wrong.</summary>
    public ApiError? Error { get; set; }
}
