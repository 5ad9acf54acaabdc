using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.State;

namespace HaNatsBridge.Host.Changes.Internal;

/// <summary>Devices, their availability and their states.</summary>
internal sealed partial class ChangeLog : IDeviceRegistryListener, IStateListener
{
    /// <summary>How many removed devices are remembered; a reader that is older gets everything.</summary>
    public const int RemovalsRetained = 10_000;

    private static readonly byte[] Unknown = "null"u8.ToArray();

    private readonly Dictionary<DeviceId, DeviceNode> _devices = [];

    public void DeviceChanged(RegisteredDevice device)
    {
        lock (Gate)
        {
            var node = NodeOf(device.Description.Id);
            if (_ready.Task.IsCompleted && !IsWhole(node, device) && HasNewEntity(node, device))
            {
                Withhold(node, device);
                return;
            }

            Publish(node, device);
        }

        WakeReaders();
    }

    public void AvailabilityChanged(RegisteredDevice device)
    {
        lock (Gate)
        {
            var node = Find(device.Description.Id);
            if (node?.Withheld is not null)
            {
                node.Withheld = device;
            }

            if (node?.Withheld is not null && IsWhole(node, device))
            {
                Publish(node, device);
            }
            else if (node?.Device is { } known)
            {
                node.Device = known with { Availability = device.Availability };
                Availability.MoveToEnd(node.Availability, ++Seq);
            }
        }

        WakeReaders();
    }

    public void StatesComplete(DeviceDescription description)
    {
        lock (Gate)
        {
            var node = NodeOf(description.Id);
            node.Complete = description;
            if (node.Withheld is not { } device || !IsWhole(node, device))
            {
                return;
            }

            Publish(node, device);
        }

        WakeReaders();
    }

    public void DeviceRemoved(DeviceId id)
    {
        lock (Gate)
        {
            Remove(NodeOf(id));
        }

        WakeReaders();
    }

    public void StateChanged(EntityState state)
    {
        lock (Gate)
        {
            var device = NodeOf(state.Entity.Device);
            if (!device.States.TryGetValue(state.Entity.Key, out var node))
            {
                device.States[state.Entity.Key] = node = new StateNode(state.Entity);
            }

            node.Value = state.Value;
            if (!IsDeclared(device, state.Entity.Key))
            {
                // Published with the description that it belongs to.
                ChangeList.Remove(node);
                return;
            }

            States.MoveToEnd(node, ++Seq);
        }

        WakeReaders();
    }

    public void StateRemoved(EntityId entity)
    {
        lock (Gate)
        {
            if (!_devices.TryGetValue(entity.Device, out var device) || !device.States.TryGetValue(entity.Key, out var node))
            {
                return;
            }

            // A reader that still has the entity must see that its state is gone; one that has lost it with its device must not.
            if (IsDeclared(device, entity.Key))
            {
                node.Value = Unknown;
                States.MoveToEnd(node, ++Seq);
            }
            else
            {
                ChangeList.Remove(node);
                device.States.Remove(entity.Key);
                Forget(device);
                return;
            }
        }

        WakeReaders();
    }

    private void Publish(DeviceNode node, RegisteredDevice device)
    {
        var before = node.Device;
        var isKnown = node.List is not null;
        node.Device = device;
        node.Withheld = null;
        ChangeList.Remove(node.Availability);
        Devices.MoveToEnd(node, ++Seq);
        MatchStates(node, device, before, isKnown);
        MatchPictures(node, device, before);
    }

    /// <summary>Whether readers have the entity, and its states are of the platform that they know.</summary>
    private static bool IsDeclared(DeviceNode node, string key) =>
        node.Device is { } device && device.Description.TryGetEntity(key, out var entity)
        && !(node.Withheld is { } next && next.Description.TryGetEntity(key, out var later) && later.Platform != entity.Platform);

    /// <summary>Whether an entity was not there before, or is another one: a key on another platform.</summary>
    private static bool IsNew(EntityDescription entity, DeviceDescription? before) =>
        before is null || !before.TryGetEntity(entity.Key, out var known) || known.Platform != entity.Platform;

    private DeviceNode NodeOf(DeviceId id)
    {
        if (!_devices.TryGetValue(id, out var node))
        {
            _devices[id] = node = new DeviceNode(id);
        }

        return node;
    }

    private void Remove(DeviceNode node)
    {
        node.Device = node.Withheld = null;
        node.Complete = null;
        foreach (var state in node.States.Values)
        {
            ChangeList.Remove(state);
        }

        foreach (var picture in node.Pictures.Values)
        {
            ChangeList.Remove(picture);
        }

        node.States.Clear();
        node.Pictures.Clear();
        ChangeList.Remove(node.Availability);
        Removed.MoveToEnd(node, ++Seq);
        if (ForgetOldest(Removed, RemovalsRetained) is DeviceNode forgotten)
        {
            Forget(forgotten);
        }
    }

    /// <summary>
    /// After a new description: states of keys that are gone are dropped, states that came before their key are there now, and a
    /// key that was not there before starts as unknown (a reader that missed the time without it would go on with the old
    /// state).
    /// </summary>
    private void MatchStates(DeviceNode node, RegisteredDevice device, RegisteredDevice? before, bool isKnown)
    {
        foreach (var (key, state) in node.States)
        {
            if (!device.Description.TryGetEntity(key, out var entity))
            {
                ChangeList.Remove(state);
                node.States.Remove(key);
            }
            else if (state.List is null || IsNew(entity, before?.Description))
            {
                States.MoveToEnd(state, ++Seq);
            }
        }

        if (!isKnown)
        {
            return;
        }

        foreach (var entity in device.Description.Entities)
        {
            if (!node.States.ContainsKey(entity.Key) && IsNew(entity, before?.Description))
            {
                var unknown = new StateNode(new EntityId(node.Id, entity.Key)) { Value = Unknown };
                node.States[entity.Key] = unknown;
                States.MoveToEnd(unknown, ++Seq);
            }
        }
    }

    private void Forget(DeviceNode node)
    {
        if (node is { Device: null, Withheld: null, List: null, States.Count: 0, Pictures.Count: 0 })
        {
            _devices.Remove(node.Id);
        }
    }
}
