namespace NATS.Client.JetStream.Models;

/// <summary>
/// What to tell about a stream besides the usual.
/// </summary>
public record StreamInfoRequest
{
    /// <summary>The sequences removed between first and last.</summary>
    public bool DeletedDetails { get; set; }

    /// <summary>The number of messages of each subject that this matches.</summary>
    public string? SubjectsFilter { get; set; }

    /// <summary>Where to go on with the subjects, which come 100,000 at a time.</summary>
    public int Offset { get; set; }
}
