using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Discovery.Internal;

/// <summary>
/// A device whose announcement is refused as a whole is missing in Home Assistant, and nobody sees why: a repair says it until the device is accepted or removed, or the sidecar
/// restarts. At most 100 stand; of a flood of invented names the rest is on record in HOME_DLQ only.
/// </summary>
internal sealed class RejectionRepairs(IRepairs repairs)
{
    private const int Most = 100;
    private readonly Lock _gate = new();
    private readonly HashSet<DeviceId> _standing = [];

    /// <summary>An announcement was refused.</summary>
    /// <param name="id">Whose; null when nobody knows.</param>
    /// <param name="result">Why.</param>
    public void Refused(DeviceId? id, AnnouncementResult result)
    {
        if (id is not { } device)
        {
            return;
        }

        lock (_gate)
        {
            if (_standing.Count >= Most && !_standing.Contains(device))
            {
                return;
            }

            _standing.Add(device);
        }

        var why = result.Errors[0];
        var newer = why.Code == AnnounceCodes.UnsupportedSchema;
        repairs.Clear(IdOf(device, !newer));
        repairs.Raise(new Repair(IdOf(device, newer), KeyOf(newer), "warning", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device"] = device.ToString(),
            ["path"] = why.Path,
            ["code"] = why.Code,
            ["message"] = why.Message,
        }));
    }

    /// <summary>The device was accepted, or removed.</summary>
    public void Settled(DeviceId device)
    {
        lock (_gate)
        {
            if (!_standing.Remove(device))
            {
                return;
            }
        }

        repairs.Clear(IdOf(device, false));
        repairs.Clear(IdOf(device, true));
    }

    /// <summary>The keys of the integration's texts.</summary>
    private static string KeyOf(bool newer) => newer ? "schema_gap" : "rejected_announcement";

    private static string IdOf(DeviceId device, bool newer) => $"{KeyOf(newer)}.{device}";
}
