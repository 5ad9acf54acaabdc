using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>States to read again from the streams.</summary>
/// <param name="Description">The device's new description.</param>
/// <param name="Entities">Which of its entities.</param>
internal readonly record struct BackfillRequest(DeviceDescription Description, ReadAgain Entities);

/// <summary>What the registry does to the table: which entities there are. Guarded by the store's lock.</summary>
internal sealed class DescriptionUpdater(StateTable table, StateUpdater states, Orphans orphans, TimeProvider time)
{
    /// <summary>What lasts for a century never expires.</summary>
    private const double Longest = 100 * 365.25 * 24 * 3600 * 1000;

    /// <summary>Adds a device, or takes over its new description. Returns what has to be read again; null: nothing.</summary>
    public BackfillRequest? Change(DeviceDescription description)
    {
        table.Changed();
        if (!table.Devices.TryGetValue(description.Id, out var device))
        {
            table.Devices[description.Id] = device = new DeviceSlot(description, new ProblemLog(time));
            AddEntities(device, description);

            // Only what was seen without a device can be in the streams, so ordinarily nothing is read.
            return orphans.Take(description.Id) ? new BackfillRequest(description, new ReadAgain(null)) : null;
        }

        device.Description = description;
        RemoveEntities(device, description);
        var changed = AddEntities(device, description);
        foreach (var key in changed)
        {
            orphans.Remove(description.Id, table.Subjects.StateOf(description.Id, key));
        }

        return changed.Count == 0 ? null : new BackfillRequest(description, new ReadAgain(changed));
    }

    /// <summary>Removes a device.</summary>
    public void Remove(DeviceId id)
    {
        table.Changed();
        if (table.Devices.Remove(id, out var device))
        {
            foreach (var slot in device.Entities.Values)
            {
                Drop(slot);
            }
        }
    }

    /// <summary>Adds and updates entities; the keys whose state must be read again are returned.</summary>
    private HashSet<string> AddEntities(DeviceSlot device, DeviceDescription description)
    {
        var changed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entity in description.Entities.Where(entity => entity.HasState))
        {
            if (!device.Entities.TryGetValue(entity.Key, out var slot))
            {
                device.Entities[entity.Key] = slot = new EntitySlot(device, entity);
            }
            else if (ReferenceEquals(slot.Description, entity) || slot.Description.Json.Span.SequenceEqual(entity.Json.Span))
            {
                slot.Description = entity;
                continue;
            }

            slot.Description = entity;
            slot.ExpireAfter = ExpireAfterOf(entity);
            if (DeviceSlot.IsHealth(entity.Key))
            {
                states.SetHealth(slot);
                continue;
            }

            // Another unit or other options: the stored message may mean something else now.
            slot.Sequence = 0;
            changed.Add(entity.Key);
        }

        return changed;
    }

    private void RemoveEntities(DeviceSlot device, DeviceDescription description)
    {
        foreach (var (key, slot) in device.Entities)
        {
            var isDeclared = description.TryGetEntity(key, out var entity) && entity.HasState;
            if (!isDeclared || entity!.Platform != slot.Description.Platform)
            {
                device.Entities.Remove(key);
                Drop(slot);
            }
        }
    }

    private void Drop(EntitySlot slot)
    {
        slot.ExpireAfter = 0;
        states.Clear(slot);
    }

    /// <summary><c>expire_after</c> in milliseconds; it is in the description in seconds.</summary>
    private static long ExpireAfterOf(EntityDescription entity)
    {
        if (entity.Json.Span.IndexOf("\"expire_after\""u8) < 0)
        {
            return 0;
        }

        using var document = JsonDocument.Parse(entity.Json);
        return document.RootElement.TryGetProperty("expire_after", out var given) && given.TryGetDouble(out var seconds)
            ? (long)Math.Clamp(seconds * 1000, 0, Longest)
            : 0;
    }
}
