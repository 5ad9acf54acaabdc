using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Discovery.Internal;

/// <summary>Passes an announcement on to whoever judges: the device is online, and its connection is the one that holds the reply subject.</summary>
internal sealed class AnnouncedDevices(AvailabilityJudge judge, MonotonicClock clock, DiscoveryMetrics metrics)
{
    private const int Waiting = 4096;
    private readonly Channel<(DeviceId Id, string? Reply, long At)> _lookups =
        Channel.CreateBounded<(DeviceId Id, string? Reply, long At)>(new BoundedChannelOptions(Waiting) { SingleReader = true });

    /// <summary>Announcements whose connection is to be found, and when they were heard. When too many wait, a connection is found by the next comparison instead.</summary>
    public ChannelReader<(DeviceId Id, string? Reply, long At)> Lookups => _lookups.Reader;

    /// <summary>Whether anyone looks connections up: without system credentials nobody does.</summary>
    public bool LooksUp { get; set; }

    /// <summary>A device announced itself, here or at another sidecar.</summary>
    public void Heard(DeviceId id, string? reply)
    {
        var now = clock.Now;
        judge.Announced(id, now);
        if (LooksUp && !_lookups.Writer.TryWrite((id, reply, now)))
        {
            metrics.LookupDropped();
        }
    }
}
