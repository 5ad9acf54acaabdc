using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>Follows the bucket, and competes for the lease once this sidecar knows all devices.</summary>
internal sealed class AvailabilityLeader(
    IHomeStorage storage, StreamFollower follower, ILeadership leadership, AvailabilityDirectory directory,
    AvailabilityMachine machine) : BackgroundService
{
    /// <summary>The job's name, and the key of its lease.</summary>
    public const string Job = "availability";

    private readonly ILease _lease = leadership.For(Job);

    /// <summary>Whether this sidecar may write decisions now.</summary>
    public bool MayWrite => machine.IsLeading && _lease.IsHeld;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _lease.Acquired += () => directory.StartLeading(_lease.Fence);
        _lease.Lost += machine.StopLeading;
        await storage.Ready.WaitAsync(stoppingToken);
        await Services.RunTogetherAsync(
            stoppingToken,
            follower.FollowAsync(StreamStart.OfBucket(storage.Names.AvailabilityBucket), directory, stoppingToken),
            LeadAsync(stoppingToken));
    }

    private async Task LeadAsync(CancellationToken stoppingToken)
    {
        await directory.Ready.WaitAsync(stoppingToken);
        await directory.RegistryRead.WaitAsync(stoppingToken);
        await _lease.RunAsync(stoppingToken);
    }
}
