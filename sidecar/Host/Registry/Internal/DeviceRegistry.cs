using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// The devices in memory: what KV holds, plus what follows from it (links that can be listed, diagnostic sensors of health
/// reports, availability). Reading takes no lock; changes and their listeners run one at a time.
/// </summary>
internal sealed class DeviceRegistry : IDeviceRegistry, IAvailabilityListener
{
    /// <summary>Why a device is not online whose availability is not stored yet.</summary>
    private const string Unknown = "unknown";

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<DeviceId, DeviceEntry> _devices = new();
    private readonly Tombstones _tombstones = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IDeviceAvailability _availability;
    private readonly IAvailabilityControl _control;
    private readonly IDeviceConnections _connections;
    private readonly MonotonicClock _clock;
    private readonly DeviceLinks _links;
    private ImmutableArray<IDeviceRegistryListener> _listeners = [];

    public DeviceRegistry(
        IDeviceAvailability availability, IAvailabilityControl control, IDeviceConnections connections, MonotonicClock clock)
    {
        (_availability, _control, _connections, _clock) = (availability, control, connections, clock);
        _links = new DeviceLinks(id => _devices.TryGetValue(id, out var entry) ? entry.Announced : null);
        availability.Subscribe(this);
    }

    public Task Ready => _ready.Task;

    public int Count => _devices.Count;

    public IReadOnlyList<DeviceId> Removed
    {
        get
        {
            lock (_gate)
            {
                return _tombstones.Devices;
            }
        }
    }

    /// <summary>The removals that are not finished.</summary>
    public IReadOnlyList<Tombstone> UnfinishedRemovals
    {
        get
        {
            lock (_gate)
            {
                return _tombstones.Unfinished;
            }
        }
    }

    /// <summary>How many entities there are, without those of health reports.</summary>
    public int EntityCount => _devices.Sum(d => d.Value.Announced.Entities.Length);

    public bool TryGet(DeviceId id, [NotNullWhen(true)] out RegisteredDevice? device)
    {
        device = _devices.TryGetValue(id, out var entry) ? entry.Listed : null;
        return device is not null;
    }

    /// <summary>The device as KV holds it.</summary>
    public bool TryGetEntry(DeviceId id, [NotNullWhen(true)] out DeviceEntry? entry) => _devices.TryGetValue(id, out entry);

    public IReadOnlyList<RegisteredDevice> Snapshot()
    {
        var sorted = _devices.Values.OrderBy(
            e => e.Announced.Id.Type, StringComparer.Ordinal).ThenBy(e => e.Announced.Id.Id, StringComparer.Ordinal);
        var ordered = new List<RegisteredDevice>(_devices.Count);
        var done = new HashSet<DeviceId>();
        foreach (var entry in sorted)
        {
            GatewaysFirst(entry.Listed, ordered, done);
        }

        return ordered;
    }

    public IDisposable Subscribe(IDeviceRegistryListener listener)
    {
        lock (_gate)
        {
            foreach (var device in Snapshot())
            {
                listener.DeviceChanged(device);
            }

            _listeners = _listeners.Add(listener);
        }

        return new Subscription(this, listener);
    }

    /// <summary>Everything that KV holds has been read.</summary>
    public void SetReady() => _ready.TrySetResult();

    /// <summary>The removal of a device that is not finished; null: there is none.</summary>
    public Tombstone? UnfinishedRemovalOf(DeviceId id)
    {
        lock (_gate)
        {
            return _tombstones.UnfinishedOf(id);
        }
    }

    /// <summary>KV holds this description.</summary>
    public void Apply(DeviceDescription description, ulong revision)
    {
        lock (_gate)
        {
            _devices.TryGetValue(description.Id, out var before);
            _tombstones.Remove(description.Id);
            _links.Changed(before?.Announced, description);

            // Stands there before its links are looked at: a circle may lead through itself.
            _devices[description.Id] = before is null
                ? new DeviceEntry(description, revision, new RegisteredDevice(description, revision, default))
                : before with { Announced = description, Revision = revision };
            _control.Register(description.Id, TermsOf(description));
            List(description.Id);
            ListBehind(description.Id);
        }
    }

    /// <summary>KV holds a deletion marker of the device.</summary>
    public void Remove(DeviceId id, ulong revision, bool isFinished)
    {
        lock (_gate)
        {
            _tombstones.Add(new Tombstone(id, revision, isFinished, _clock.Now));
            if (!_devices.TryRemove(id, out var entry))
            {
                return;
            }

            _links.Changed(entry.Announced, null);
            _control.Forget(id);
            _connections.Forget(id);
            foreach (var listener in _listeners)
            {
                listener.DeviceRemoved(id);
            }

            ListBehind(id);
        }
    }

    public void AvailabilityChanged(DeviceId id)
    {
        lock (_gate)
        {
            if (!_devices.TryGetValue(id, out var entry))
            {
                return;
            }

            var health = _availability.HealthKeysOf(id);
            if (!entry.Health.SequenceEqual(health, StringComparer.Ordinal))
            {
                List(id);
            }
            else if (_availability.Of(id) is { } availability && entry.Listed.Availability != availability)
            {
                var listed = entry.Listed with { Availability = availability };
                _devices[id] = entry with { Listed = listed };
                foreach (var listener in _listeners)
                {
                    listener.AvailabilityChanged(listed);
                }
            }
        }
    }

    /// <summary>The warnings about the links of a device that announces itself.</summary>
    public IReadOnlyList<ContractError> LinkWarnings(DeviceDescription description)
    {
        lock (_gate)
        {
            return [.. _links.Warnings(description)];
        }
    }

    private static AvailabilityTerms TermsOf(DeviceDescription description) =>
        new((long)(description.Lease?.TotalMilliseconds ?? 0), description.WhenOffline == OfflineMeaning.Assumed);

    private void GatewaysFirst(RegisteredDevice device, List<RegisteredDevice> ordered, HashSet<DeviceId> done)
    {
        // A stack instead of recursion: a chain of gateways may have any length.
        var open = new Stack<(RegisteredDevice Device, bool GatewaysAreOut)>([(device, false)]);
        while (open.TryPop(out var next))
        {
            var description = next.Device.Description;
            if (next.GatewaysAreOut)
            {
                ordered.Add(next.Device);
            }
            else if (done.Add(description.Id))
            {
                open.Push((next.Device, true));
                PushGateway(open, description.ParentDevice, done);
                PushGateway(open, description.ViaDevice, done);
            }
        }
    }

    private void PushGateway(
        Stack<(RegisteredDevice Device, bool GatewaysAreOut)> open, DeviceId? gateway, HashSet<DeviceId> done)
    {
        if (gateway is { } id && !done.Contains(id) && _devices.TryGetValue(id, out var entry))
        {
            open.Push((entry.Listed, false));
        }
    }

    private void ListBehind(DeviceId id)
    {
        foreach (var behind in _links.Behind(id))
        {
            var entry = _devices[behind];
            var listed = _links.Listed(entry.Announced);
            if (listed.ViaDevice != entry.Listed.Description.ViaDevice
                || listed.ParentDevice != entry.Listed.Description.ParentDevice)
            {
                List(behind);
            }
        }
    }

    private void List(DeviceId id)
    {
        var entry = _devices[id];
        var health = _availability.HealthKeysOf(id);
        var description = _links.Listed(entry.Announced).WithHealth(health);
        var availability = _availability.Of(id) ?? new DeviceAvailability(false, entry.Listed.Availability.Since, Unknown);
        var listed = new RegisteredDevice(description, entry.Revision, availability);
        _devices[id] = entry with { Listed = listed, Health = health };
        foreach (var listener in _listeners)
        {
            listener.DeviceChanged(listed);
        }
    }

    private void Unsubscribe(IDeviceRegistryListener listener)
    {
        lock (_gate)
        {
            _listeners = _listeners.Remove(listener);
        }
    }

    private sealed class Subscription(DeviceRegistry registry, IDeviceRegistryListener listener) : IDisposable
    {
        public void Dispose() => registry.Unsubscribe(listener);
    }
}

/// <summary>A device in the registry. Immutable: a change makes a new one.</summary>
/// <param name="Announced">What it announced, as KV holds it.</param>
/// <param name="Revision">The KV revision of that.</param>
/// <param name="Listed">What other features see.</param>
internal sealed record DeviceEntry(DeviceDescription Announced, ulong Revision, RegisteredDevice Listed)
{
    /// <summary>The keys of its diagnostic sensors in <see cref="Listed"/>.</summary>
    public IReadOnlyList<string> Health { get; init; } = [];
}
