using System.Runtime.CompilerServices;
using System.Threading.Channels;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Passes an announcement on to whoever judges: the device is online, and its connection is the one that holds the reply subject. The newest announcement of each device waits to be looked
/// up, so there never are more than there are devices, and none is lost.
/// </summary>
internal sealed class AnnouncedDevices(AvailabilityJudge judge, MonotonicClock clock, DiscoveryMetrics metrics)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, ConnectionLookup> _waiting = [];
    private DeviceId? _underWay;

    // Holds each device of the dictionary once.
    private readonly Channel<DeviceId> _order = Channel.CreateUnbounded<DeviceId>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Whether anyone looks connections up: without system credentials nobody does.</summary>
    public bool LooksUp { get; set; }

    /// <summary>A device announced itself, here or at another sidecar.</summary>
    public void Heard(DeviceId id, string? reply)
    {
        var now = clock.Now;
        judge.Announced(id, now);
        if (LooksUp)
        {
            Wait(new ConnectionLookup(id, reply, now), isNewest: true);
        }
    }

    /// <summary>Announcements whose connection is to be found, until stopped.</summary>
    public async IAsyncEnumerable<ConnectionLookup> LookupsAsync([EnumeratorCancellation] CancellationToken stoppingToken)
    {
        await foreach (var id in _order.Reader.ReadAllAsync(stoppingToken))
        {
            if (Begin(id) is { } lookup)
            {
                try
                {
                    yield return lookup;
                }
                finally
                {
                    End();
                }
            }
        }
    }

    /// <summary>The server could not be asked: once more, behind the others, unless the device announced itself anew.</summary>
    public void Again(ConnectionLookup lookup)
    {
        metrics.LookupFailed();
        Wait(lookup, isNewest: false);
    }

    /// <summary>The device was removed.</summary>
    public void Forget(DeviceId id) => Take(id);

    /// <summary>Whether the device's newest announcement has yet to be looked up, or is being looked up now: until then nobody knows that its old connection was not replaced.</summary>
    public bool IsWaiting(DeviceId id)
    {
        lock (_gate)
        {
            return _underWay == id || _waiting.ContainsKey(id);
        }
    }

    private ConnectionLookup? Begin(DeviceId id)
    {
        lock (_gate)
        {
            var lookup = Take(id);
            _underWay = lookup?.Id;
            return lookup;
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _underWay = null;
        }
    }

    private void Wait(ConnectionLookup lookup, bool isNewest)
    {
        lock (_gate)
        {
            if (_waiting.TryAdd(lookup.Id, lookup))
            {
                _order.Writer.TryWrite(lookup.Id);
            }
            else if (isNewest)
            {
                _waiting[lookup.Id] = lookup;
            }
        }
    }

    private ConnectionLookup? Take(DeviceId id)
    {
        lock (_gate)
        {
            return _waiting.Remove(id, out var lookup) ? lookup : null;
        }
    }
}
