using System.Globalization;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Follows the devices' events in HOME_DEVICE_EVENTS: from 30 s before the start, so that a client that comes back after a
/// restart of the sidecar misses none. An event's sequence is its id, the same before and after.
/// </summary>
internal sealed class EventFollower(
    StateStore store, IHomeStorage storage, StreamFollower follower, IDeviceAvailability availability, TimeProvider time)
    : BackgroundService, IStreamReader
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        var start = new StreamStart(storage.Names.DeviceEventsStream)
        {
            Subject = storage.Subjects.AllEvents, Since = time.GetUtcNow() - RecentEvents.Retained,
        };

        // Events of devices that the store does not know yet would be dropped.
        await store.StatesRead.WaitAsync(stoppingToken);
        await follower.FollowAsync(start, this, stoppingToken);
    }

    void IStreamReader.Opened(DateTimeOffset created, ulong last) =>
        store.NumberEvents(created.UtcTicks.ToString("x", CultureInfo.InvariantCulture), last);

    void IStreamReader.Read(in StreamMessage message)
    {
        if (store.ApplyEvent(message) is { } device)
        {
            availability.SignOfLife(device, message.Age);
        }
    }
}
