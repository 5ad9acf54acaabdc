using HaNatsBridge.Contract.Identity;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.Storage;

/// <summary>
/// Streams that capture requests: commands to devices, announcements and removals of devices, requests to Home Assistant. Such a stream answers in the
/// place of whoever should, and its acknowledgement goes to whatever subject a device names (docs/devices.md, "Commands", "Rights").
/// </summary>
public static class RequestStreams
{
    private static readonly DeviceId Sample = new("x", "y");

    /// <summary>The streams, by name, each with a subject that it captures.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> FindAsync(
        INatsJSContext jetStream, HomeSubjects subjects, CancellationToken cancellationToken)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        (string Sample, string All)[] requests =
        [
            (subjects.SetOf(Sample), subjects.AllSets),
            (subjects.Announce, subjects.Announce),
            (subjects.AnnounceOf(Sample), subjects.AnnounceAll),
            (subjects.Remove, subjects.Remove),
            (subjects.RemoveOf(Sample), subjects.RemoveAll),
            (subjects.HomeAssistant.Actions("x.y"), subjects.HomeAssistant.EveryAction),
            (subjects.HomeAssistant.States, subjects.HomeAssistant.States),
        ];
        foreach (var (sample, all) in requests)
        {
            await foreach (var name in jetStream.ListStreamNamesAsync(sample, cancellationToken))
            {
                found.TryAdd(name, all);
            }
        }

        return found;
    }
}
