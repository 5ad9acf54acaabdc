using System.Text.Json;
using System.Threading.Channels;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>Which entities there are: what the registry tells.</summary>
internal sealed partial class StateStore : IDeviceRegistryListener
{
    // Unbounded, but filled only by changes of the registry, one request each, and emptied by one reader.
    private readonly Channel<BackfillRequest> _backfill = Channel.CreateUnbounded<BackfillRequest>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Counts changes of the registry: what a subject means is looked up anew after each.</summary>
    private long _registryChanges;

    /// <summary>What must be fetched from the stream, in order.</summary>
    public ChannelReader<BackfillRequest> Backfill => _backfill.Reader;

    public void DeviceChanged(RegisteredDevice device)
    {
        var description = device.Description;
        lock (_gate)
        {
            _registryChanges++;
            if (!_devices.TryGetValue(description.Id, out var slot))
            {
                slot = new DeviceSlot(description, new ProblemLog(_time));
                _devices[description.Id] = slot;
                AddEntities(slot, description);
                RequestFirst(slot);
                return;
            }

            slot.Description = description;
            RemoveEntities(slot, description);
            if (AddEntities(slot, description) is { Count: > 0 } fresh)
            {
                RequestKeys(slot, fresh);
            }
        }
    }

    public void DeviceRemoved(DeviceId id)
    {
        lock (_gate)
        {
            _registryChanges++;
            if (!_devices.Remove(id, out var device))
            {
                return;
            }

            foreach (var slot in device.Entities.Values)
            {
                Drop(slot);
            }
        }
    }

    public void AvailabilityChanged(RegisteredDevice device)
    {
        // A state is the last one known, whether its device is there or not.
    }

    /// <summary>Adds and updates entities; the keys whose state must be (re)read from the stream are returned.</summary>
    private List<string> AddEntities(DeviceSlot device, DeviceDescription description)
    {
        var fresh = new List<string>();
        foreach (var entity in description.Entities)
        {
            if (!entity.HasState)
            {
                continue;
            }

            if (!device.Entities.TryGetValue(entity.Key, out var slot))
            {
                slot = new EntitySlot(device, entity) { ExpireAfter = ExpireAfterOf(entity) };
                device.Entities[entity.Key] = slot;
                if (DeviceSlot.IsHealth(entity.Key))
                {
                    SetHealth(slot);
                }
                else
                {
                    fresh.Add(entity.Key);
                }

                continue;
            }

            var isSame = ReferenceEquals(slot.Description, entity) || slot.Description.Json.Span.SequenceEqual(entity.Json.Span);
            slot.Description = entity;
            if (!isSame && !DeviceSlot.IsHealth(entity.Key))
            {
                // Another unit or other options: the stored message may mean something else now.
                slot.ExpireAfter = ExpireAfterOf(entity);
                fresh.Add(entity.Key);
            }
        }

        return fresh;
    }

    private void RemoveEntities(DeviceSlot device, DeviceDescription description)
    {
        foreach (var (key, slot) in device.Entities)
        {
            var stays = description.TryGetEntity(key, out var entity) && entity.HasState && entity.Platform == slot.Description.Platform;
            if (!stays)
            {
                device.Entities.Remove(key);
                Drop(slot);
            }
        }
    }

    private void Drop(EntitySlot slot)
    {
        slot.ExpireAfter = 0;
        if (slot.Value is not null)
        {
            slot.Value = null;
            TellRemoved(slot.Id);
        }
    }

    /// <summary>A first announcement: only what has been seen as an orphan can be in the stream, so usually nothing is fetched.</summary>
    private void RequestFirst(DeviceSlot device)
    {
        var subjects = _orphans.Take(device.Id);
        if (_orphans.Overflowed)
        {
            // Not all are known by name, so each that there can be is asked for.
            subjects = [_subjects.StateOf(device.Id), _subjects.HealthOf(device.Id), .. device.Entities.Keys.Select(key => _subjects.StateOf(device.Id, key))];
        }

        if (subjects.Count > 0)
        {
            _backfill.Writer.TryWrite(new BackfillRequest(device.Id, subjects, Keys: null));
        }
    }

    private void RequestKeys(DeviceSlot device, List<string> keys)
    {
        string[] own = [.. keys.Select(key => _subjects.StateOf(device.Id, key))];
        foreach (var subject in own)
        {
            _orphans.Remove(device.Id, subject);
        }

        _backfill.Writer.TryWrite(new BackfillRequest(device.Id, [_subjects.StateOf(device.Id), .. own], keys.ToHashSet(StringComparer.Ordinal)));
    }

    /// <summary><c>expire_after</c> in milliseconds; it stands in the description as seconds.</summary>
    private static int ExpireAfterOf(EntityDescription entity)
    {
        if (entity.Json.Span.IndexOf("\"expire_after\""u8) < 0)
        {
            return 0;
        }

        using var document = JsonDocument.Parse(entity.Json);
        return document.RootElement.TryGetProperty("expire_after", out var given) && given.TryGetDouble(out var seconds) && seconds > 0
            ? (int)Math.Min(seconds * 1000, int.MaxValue)
            : 0;
    }
}
