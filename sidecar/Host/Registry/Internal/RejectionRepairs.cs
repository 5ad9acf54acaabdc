using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// A device whose announcement is refused as a whole is missing in Home Assistant, one of which entities were left out is there in part, and nobody sees why: a repair says it until the
/// device announces rightly or is removed, or the sidecar restarts. One a device, at most 100; of a flood of invented names the rest is on record in HOME_DLQ only.
/// </summary>
internal sealed class RejectionRepairs(IRepairs repairs)
{
    private const int Most = 100;
    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, string> _standing = [];

    /// <summary>An announcement was refused.</summary>
    /// <param name="id">Whose; null when nobody knows.</param>
    /// <param name="result">Why.</param>
    public void Refused(DeviceId? id, AnnouncementResult result)
    {
        if (id is not { } device)
        {
            return;
        }

        var why = result.Errors[0];
        Raise(device, why.Code == AnnounceCodes.UnsupportedSchema ? "schema_gap" : "rejected_announcement", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device"] = device.ToString(),
            ["path"] = why.Path,
            ["code"] = why.Code,
            ["message"] = why.Message,
        });
    }

    /// <summary>The device was accepted, perhaps without some of its entities or triggers.</summary>
    /// <param name="device">What was accepted.</param>
    /// <param name="result">What was left out, and why.</param>
    /// <param name="announced">What the device sent: its entities are named by their keys.</param>
    public void Accepted(DeviceDescription device, AnnouncementResult result, ReadOnlyMemory<byte> announced)
    {
        if (result.Errors.IsEmpty)
        {
            Clear(device.Id);
            return;
        }

        Raise(device.Id, "entities_left_out", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["device"] = device.Id.ToString(),
            ["name"] = device.Name ?? device.Id.ToString(),
            ["problems"] = LeftOut.Describe(result.Errors, announced),
        });
    }

    /// <summary>The device was removed, or another sidecar answered it: that one knows what it left out.</summary>
    public void Clear(DeviceId device)
    {
        lock (_gate)
        {
            if (_standing.Remove(device, out var id))
            {
                repairs.Clear(id);
            }
        }
    }

    /// <param name="device">Whose.</param>
    /// <param name="key">The key of the integration's text.</param>
    /// <param name="placeholders">What it names.</param>
    private void Raise(DeviceId device, string key, Dictionary<string, string> placeholders)
    {
        var id = $"{key}.{device}";
        lock (_gate)
        {
            if (_standing.TryGetValue(device, out var before) ? before != id : _standing.Count >= Most)
            {
                if (before is null)
                {
                    return;
                }

                repairs.Clear(before);
            }

            _standing[device] = id;
            repairs.Raise(new Repair(id, key, "warning", placeholders));
        }
    }
}
