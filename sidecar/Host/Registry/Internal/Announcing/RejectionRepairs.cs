using System.Globalization;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// A repair for a device whose announcement is refused as a whole (it is missing in Home Assistant) or in part (entities are
/// missing). It stands until the device announces itself without errors or is removed, or the sidecar restarts. At most 100; of
/// a flood of invented names the rest is in HOME_DLQ only.
/// </summary>
internal sealed class RejectionRepairs(IRepairs repairs)
{
    private const int Most = 100;
    private static readonly RepairKind Rejected = new("rejected_announcement", "warning", "device", "path", "code", "message");
    private static readonly RepairKind SchemaGap = new("schema_gap", "warning", "device", "path", "code", "message");
    private static readonly RepairKind EntitiesLeftOut = new("entities_left_out", "warning", "device", "name", "problems");
    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, string> _standing = [];

    /// <summary>An announcement was refused.</summary>
    /// <param name="id">Whose; null: it does not say.</param>
    /// <param name="result">Why.</param>
    public void Refused(DeviceId? id, AnnouncementResult result)
    {
        if (id is not { } device)
        {
            return;
        }

        var why = result.Errors[0];
        var kind = why.Code == AnnounceCodes.UnsupportedSchema ? SchemaGap : Rejected;
        Raise(device, kind.About(device.ToString(), device.ToString(), why.Path, why.Code, why.Message));
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

        var id = device.Id.ToString();
        Raise(device.Id, EntitiesLeftOut.About(id, id, device.Name ?? id, LeftOut.Describe(result.Errors, announced)));
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

    private void Raise(DeviceId device, Repair repair)
    {
        lock (_gate)
        {
            if (_standing.TryGetValue(device, out var before) ? before != repair.Id : _standing.Count >= Most)
            {
                if (before is null)
                {
                    return;
                }

                repairs.Clear(before);
            }

            _standing[device] = repair.Id;
            repairs.Raise(repair);
        }
    }
}

/// <summary>What was left out of an announcement, for people: <c>heating (entities[1].hvac_mods): expected …; …</c>.</summary>
internal static class LeftOut
{
    private const int Most = 5;
    private const string Entities = "entities[";

    /// <summary>
    /// The first few, and how many more there are. Each names the entity's key where it has one that can be read.
    /// </summary>
    public static string Describe(IReadOnlyList<ContractError> errors, ReadOnlyMemory<byte> announced)
    {
        using var document = JsonDocument.Parse(announced);
        var text = new StringBuilder();
        foreach (var error in errors.Take(Most))
        {
            text.Append(text.Length > 0 ? "; " : "");
            text.Append(KeyOf(document.RootElement, error.Path) is { } key ? $"{key} ({error.Path})" : error.Path).Append(": ")
                .Append(error.Message);
        }

        return errors.Count > Most
            ? text.Append(CultureInfo.InvariantCulture, $"; and {errors.Count - Most} more").ToString()
            : text.ToString();
    }

    private static string? KeyOf(JsonElement root, string path)
    {
        if (!path.StartsWith(Entities, StringComparison.Ordinal)
            || !int.TryParse(
                path.AsSpan(Entities.Length, Math.Max(0, path.IndexOf(']', StringComparison.Ordinal) - Entities.Length)),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var index)
            || !root.TryGetProperty("entities", out var entities)
            || index >= entities.GetArrayLength()
            || entities[index].ValueKind != JsonValueKind.Object
            || !entities[index].TryGetProperty("key", out var key)
            || key.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        return Token.IsValid(key.GetString()) ? key.GetString() : null;
    }
}
