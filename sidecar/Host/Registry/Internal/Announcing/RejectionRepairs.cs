using System.Globalization;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// A repair for a device whose announcement is refused as a whole (it is missing in Home Assistant, or still shown as it was) or
/// in part (entities are missing, or still as they were). It stands until the device announces itself without errors or is
/// removed, or the sidecar restarts. For at most 100 devices; of a flood of invented names the rest is in HOME_DLQ only.
/// </summary>
internal sealed class RejectionRepairs(IRepairs repairs, DeviceRegistry registry)
{
    private const int Most = 100;
    private static readonly RepairKind Rejected = new("rejected_announcement", "warning", "device", "problems");
    private static readonly RepairKind Unchanged = new("rejected_change", "warning", "device", "name", "problems");
    private static readonly RepairKind SchemaGap = new("schema_gap", "warning", "device", "problems");
    private static readonly RepairKind EntitiesLeftOut = new("entities_left_out", "warning", "device", "name", "problems");
    private static readonly RepairKind EntitiesKept = new("entities_kept", "warning", "device", "name", "problems");
    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, IReadOnlyList<string>> _standing = [];

    /// <summary>An announcement was refused.</summary>
    /// <param name="id">Whose; null: it does not say.</param>
    /// <param name="result">Why.</param>
    /// <param name="announced">What was sent.</param>
    public void Refused(DeviceId? id, AnnouncementResult result, ReadOnlyMemory<byte> announced)
    {
        if (id is not { } device)
        {
            return;
        }

        var name = device.ToString();
        var problems = ProblemText.Of(result.Errors, announced);
        Raise(device, result.Errors[0].Code == AnnounceCodes.UnsupportedSchema ? SchemaGap.About(name, name, problems)
            : registry.TryGetEntry(device, out var known)
                ? Unchanged.About(name, name, known.Announced.Name ?? name, problems)
                : Rejected.About(name, name, problems));
    }

    /// <summary>The device was accepted, perhaps without some of its entities or triggers.</summary>
    /// <param name="device">What was accepted.</param>
    /// <param name="result">What was left out or stays as it was, and why.</param>
    /// <param name="announced">What the device sent: its entities are named by their keys.</param>
    public void Accepted(DeviceDescription device, AnnouncementResult result, ReadOnlyMemory<byte> announced)
    {
        if (result.Errors.IsEmpty)
        {
            Clear(device.Id);
            return;
        }

        var id = device.Id.ToString();
        Raise(
            device.Id,
            [
                .. from errors in result.Errors.GroupBy(error => error.Kept)
                   let kind = errors.Key ? EntitiesKept : EntitiesLeftOut
                   select kind.About(id, id, device.Name ?? id, ProblemText.Of([.. errors], announced)),
            ]);
    }

    /// <summary>The device was removed, or another sidecar answered it: that one knows what it left out.</summary>
    public void Clear(DeviceId device)
    {
        lock (_gate)
        {
            if (_standing.Remove(device, out var ids))
            {
                ClearAll(ids);
            }
        }
    }

    private void Raise(DeviceId device, params IReadOnlyList<Repair> raised)
    {
        lock (_gate)
        {
            var before = _standing.GetValueOrDefault(device);
            if (before is null && _standing.Count >= Most)
            {
                return;
            }

            string[] ids = [.. raised.Select(repair => repair.Id)];
            ClearAll((before ?? []).Except(ids));
            _standing[device] = ids;
            foreach (var repair in raised)
            {
                repairs.Raise(repair);
            }
        }
    }

    private void ClearAll(IEnumerable<string> ids)
    {
        foreach (var id in ids)
        {
            repairs.Clear(id);
        }
    }
}

/// <summary>The errors of an announcement, for people, a line each: <c>heating (entities[1].hvac_mods): expected …</c>.</summary>
internal static class ProblemText
{
    private const int Most = 5;
    private const string Entities = "entities[";

    /// <summary>
    /// The first few, and how many more there are. Each names the entity's key where it has one that can be read.
    /// </summary>
    public static string Of(IReadOnlyList<ContractError> errors, ReadOnlyMemory<byte> announced)
    {
        using var document = Parse(announced);
        var root = document?.RootElement ?? default;
        var text = new StringBuilder();
        foreach (var error in errors.Take(Most))
        {
            text.Append(text.Length > 0 ? "\n" : "")
                .Append(KeyOf(root, error.Path) is { } key ? $"{key} ({error.Path})" : error.Path)
                .Append(error.Path.Length > 0 ? ": " : "")
                .Append(error.Message);
        }

        return errors.Count > Most
            ? text.Append(CultureInfo.InvariantCulture, $"\nand {errors.Count - Most} more").ToString()
            : text.ToString();
    }

    private static JsonDocument? Parse(ReadOnlyMemory<byte> announced)
    {
        try
        {
            return JsonDocument.Parse(announced);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? KeyOf(JsonElement root, string path)
    {
        if (!path.StartsWith(Entities, StringComparison.Ordinal)
            || !int.TryParse(
                path.AsSpan(Entities.Length, Math.Max(0, path.IndexOf(']', StringComparison.Ordinal) - Entities.Length)),
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var index)
            || root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("entities", out var entities)
            || entities.ValueKind != JsonValueKind.Array
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
