namespace NATS.Client.JetStream.Models;

/// <summary>
/// A consumer as the server describes it.
/// </summary>
public record ConsumerInfo
{
    /// <summary>The stream that it reads.</summary>
    public string StreamName { get; set; } = string.Empty;

    /// <summary>Its name.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>Its configuration as the server understood it.</summary>
    public ConsumerConfig Config { get; set; } = new();

    /// <summary>When it was made.</summary>
    public DateTimeOffset Created { get; set; }

    /// <summary>The server's time when it answered.</summary>
    public DateTimeOffset Ts { get; set; }

    /// <summary>The last delivered message.</summary>
    public SequenceInfo Delivered { get; set; } = new();

    /// <summary>The last message before which all are acknowledged.</summary>
    public SequenceInfo AckFloor { get; set; } = new();

    /// <summary>Messages delivered and not acknowledged.</summary>
    public int NumAckPending { get; set; }

    /// <summary>Messages that were delivered more than once.</summary>
    public int NumRedelivered { get; set; }

    /// <summary>Pulls that wait.</summary>
    public int NumWaiting { get; set; }

    /// <summary>Messages not yet delivered.</summary>
    public ulong NumPending { get; set; }

    /// <summary>Its leader and replicas.</summary>
    public ClusterInfo? Cluster { get; set; }

    /// <summary>Whether a client receives from a push consumer.</summary>
    public bool PushBound { get; set; }

    /// <summary>Whether it is paused (server 2.11).</summary>
    public bool Paused { get; set; }

    /// <summary>For how long it is still paused.</summary>
    public TimeSpan? PauseRemaining { get; set; }

    /// <summary>Its priority groups (server 2.11).</summary>
    public ICollection<PriorityGroupState>? PriorityGroups { get; set; }
}
