using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// A first announcement, or a new key, takes its last state from the streams (docs/devices.md, "State"): from HOME_TELEMETRY, which
/// is never behind, and from HOME_STATE, which also has what is too old for that.
/// </summary>
internal sealed class Backfiller(
    StateStore store,
    IHomeStorage storage,
    StreamFollower follower,
    StoredTimes storedTimes,
    IDeviceAvailability availability) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await storage.Ready.WaitAsync(stoppingToken);
        await foreach (var request in store.Backfill.ReadAllAsync(stoppingToken))
        {
            foreach (var start in StartsOf(request.Description.Id))
            {
                var reader = new Reader(store, availability, request, isSource: start.Stream == storage.Names.TelemetryStream);
                await follower.ReadAsync(start, reader, stoppingToken);
            }

            await storedTimes.LookUpAsync(stoppingToken);
            store.SetComplete(request.Description);
        }
    }

    /// <summary>Subject by subject: nats-server 2.9 takes no filter that is wider than a subject of the stream.</summary>
    private IEnumerable<StreamStart> StartsOf(DeviceId device)
    {
        var subjects = storage.Subjects;
        string[] published = [subjects.StateOf(device), subjects.StateOf(device, "*"), subjects.HealthOf(device)];
        return from stream in new[] { storage.Names.TelemetryStream, storage.Names.StateStream }
               from subject in published
               select new StreamStart(stream) { Subject = subject, LastPerSubject = true };
    }

    private sealed class Reader(StateStore store, IDeviceAvailability availability, BackfillRequest request, bool isSource)
        : IStreamReader
    {
        public void Read(in StreamMessage message)
        {
            var stored = isSource ? StateMessage.FromTelemetry(message) : StateMessage.FromStates(message);
            if (store.Apply(stored, request.Entities).Report is { Values.IsEmpty: false } report)
            {
                // Only the names of its numbers: its status was reported long ago.
                availability.Health(request.Description.Id, null, report.Keys);
            }
        }
    }
}
