namespace HaNatsBridge.Host.Leadership;

/// <summary>Jobs that only one of the home's sidecars does at a time (docs/architecture.md, rule 4).</summary>
public interface ILeadership
{
    /// <summary>The lease of a job. It is not held until <see cref="ILease.RunAsync"/> has acquired it.</summary>
    /// <param name="job">One subject token, as <c>availability</c>; also the key in the bucket of leases.</param>
    ILease For(string job);
}

/// <summary>The right to do a job alone.</summary>
public interface ILease
{
    /// <summary>
    /// Whether this sidecar may do the job now. False as soon as the lease was not renewed in time, also before
    /// <see cref="Lost"/> is raised.
    /// </summary>
    bool IsHeld { get; }

    /// <summary>
    /// The revision at which the lease was acquired: larger than that of any leader before. What the leader writes carries it, so
    /// that a late write of a former leader can be recognised. 0: never acquired.
    /// </summary>
    ulong Fence { get; }

    /// <summary>This sidecar leads from now on. Raised by <see cref="RunAsync"/>; handlers must not block or throw.</summary>
    event Action? Acquired;

    /// <summary>This sidecar no longer leads.</summary>
    event Action? Lost;

    /// <summary>
    /// Competes for the lease and renews it until it is cancelled, then gives it back. Trouble with the server is logged and
    /// tried again. Once for each lease.
    /// </summary>
    Task RunAsync(CancellationToken stoppingToken);
}
