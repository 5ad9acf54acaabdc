using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Discovery.Internal;

/// <summary>Passes an announcement on to whoever judges: the device is online, and its connection is the one that holds the reply subject.</summary>
internal sealed class AnnouncedDevices(AvailabilityJudge judge, MonotonicClock clock, DiscoveryMetrics metrics)
{
    private const int Waiting = 4096;
    private readonly Channel<(DeviceId Id, string? Reply)> _lookups =
        Channel.CreateBounded<(DeviceId Id, string? Reply)>(new BoundedChannelOptions(Waiting) { SingleReader = true });

    /// <summary>Announcements whose connection is to be found. When too many wait, a connection is found by the next comparison instead.</summary>
    public ChannelReader<(DeviceId Id, string? Reply)> Lookups => _lookups.Reader;

    /// <summary>Whether anyone looks connections up: without system credentials nobody does.</summary>
    public bool LooksUp { get; set; }

    /// <summary>A device announced itself, here or at another sidecar.</summary>
    public void Heard(DeviceId id, string? reply)
    {
        judge.Announced(id, clock.Now);
        if (LooksUp && !_lookups.Writer.TryWrite((id, reply)))
        {
            metrics.LookupDropped();
        }
    }
}
