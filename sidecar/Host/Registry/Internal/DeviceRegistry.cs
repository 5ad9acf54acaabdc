using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// The devices in memory: what KV says, plus what follows from it (links that can be listed, diagnostic sensors of health reports, availability).
/// Reading takes no lock; changes and their listeners run one at a time.
/// </summary>
internal sealed class DeviceRegistry : IDeviceRegistry, IDeviceAvailability
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<DeviceId, DeviceEntry> _devices = new();
    private readonly Dictionary<DeviceId, (AvailabilityRecord Record, ulong Revision)> _availability = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly AvailabilityJudge _judge;
    private readonly MonotonicClock _clock;
    private readonly DeviceLinks _links;
    private ImmutableArray<IDeviceRegistryListener> _listeners = [];

    /// <summary>Kept for one thing only, a store that lost its end: far more than are removed between two of those.</summary>
    private const int MostRemovals = 10_000;

    private readonly Dictionary<DeviceId, ulong> _removals = [];

    public DeviceRegistry(AvailabilityJudge judge, MonotonicClock clock)
    {
        _judge = judge;
        _clock = clock;
        _links = new DeviceLinks(id => _devices.TryGetValue(id, out var entry) ? entry.Announced : null);
    }

    public Task Ready => _ready.Task;

    public string? Incarnation { get; set; }

    public int Count => _devices.Count;

    /// <summary>How many entities there are, without those of health reports.</summary>
    public int EntityCount => _devices.Sum(d => d.Value.Announced.Entities.Length);

    public bool TryGet(DeviceId id, [NotNullWhen(true)] out RegisteredDevice? device)
    {
        device = _devices.TryGetValue(id, out var entry) ? entry.Listed : null;
        return device is not null;
    }

    public string? ConnectionOf(DeviceId id) => _judge.ConnectionOf(id) is { } connection ? $"{connection.Server}/{connection.Client}" : null;

    /// <summary>The device as KV holds it.</summary>
    public bool TryGetEntry(DeviceId id, [NotNullWhen(true)] out DeviceEntry? entry) => _devices.TryGetValue(id, out entry);

    /// <summary>The identities and revisions of this moment.</summary>
    public IReadOnlyDictionary<DeviceId, ulong> Revisions() => _devices.ToDictionary(d => d.Key, d => d.Value.Revision);

    public IReadOnlyList<RegisteredDevice> Snapshot()
    {
        var sorted = _devices.Values.OrderBy(e => e.Announced.Id.Type, StringComparer.Ordinal).ThenBy(e => e.Announced.Id.Id, StringComparer.Ordinal);
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

    public void SignOfLife(DeviceId id, TimeSpan age = default) => _judge.SignOfLife(id, _clock.Now, age);

    public void Health(DeviceId id, string? status, IReadOnlyCollection<string> healthKeys, TimeSpan age = default) =>
        _judge.Health(id, status, healthKeys, _clock.Now, age);

    /// <summary>Everything that KV holds has been read.</summary>
    public void SetReady() => _ready.TrySetResult();

    /// <summary>
    /// What KV held is lost, as a whole or the newest of it: revisions from before say nothing any more. 0 stands for "not in KV yet".
    /// </summary>
    /// <param name="last">The highest revision that KV has kept; null: it is another bucket.</param>
    /// <returns>The devices whose revision was lost.</returns>
    public IReadOnlyList<DeviceId> RevisionsLost(ulong? last)
    {
        lock (_gate)
        {
            var lost = _devices.Values.Where(e => last is null || e.Revision > last).ToList();
            lost.ForEach(e => _devices[e.Announced.Id] = e with { Revision = 0 });
            return [.. lost.Select(e => e.Announced.Id)];
        }
    }

    /// <summary>The same of the availability: the judge writes its verdicts again.</summary>
    public void AvailabilityLost()
    {
        lock (_gate)
        {
            foreach (var (id, known) in _availability.ToList())
            {
                _availability[id] = (known.Record, 0);
            }

            _judge.StoredLost();
        }
    }

    /// <summary>Devices that were removed while this sidecar ran, with the newest revision that it had of each: what KV has of them up to there is what was removed.</summary>
    public IReadOnlyDictionary<DeviceId, ulong> Removals()
    {
        lock (_gate)
        {
            return new Dictionary<DeviceId, ulong>(_removals);
        }
    }

    /// <summary>KV holds this description.</summary>
    /// <param name="description">Which.</param>
    /// <param name="revision">Its revision.</param>
    /// <param name="anew">Whether this comes from a fresh reading of all of KV, where a lower revision means that the store is another one.</param>
    public void Apply(DeviceDescription description, ulong revision, bool anew = false)
    {
        lock (_gate)
        {
            _devices.TryGetValue(description.Id, out var before);
            if (before is not null && (anew ? revision == before.Revision : revision <= before.Revision))
            {
                return;
            }

            _removals.Remove(description.Id);
            _links.Changed(before?.Announced, description);
            // Stands there before its links are looked at: a circle may lead through itself.
            _devices[description.Id] = before is null
                ? new DeviceEntry(description, revision, new RegisteredDevice(description, revision, default))
                : before with { Announced = description, Revision = revision };
            _judge.Track(description.Id, TermsOf(description), _clock.Now);
            if (before is null && _availability.TryGetValue(description.Id, out var known))
            {
                _judge.Stored(description.Id, known.Record, known.Revision, _clock.Now);
            }

            List(description.Id);
            ListBehind(description.Id);
        }
    }

    /// <summary>KV holds the device no longer.</summary>
    /// <param name="id">Which.</param>
    /// <param name="revision">The revision of the deletion; null: it was missing from a fresh reading.</param>
    public void Remove(DeviceId id, ulong? revision)
    {
        lock (_gate)
        {
            if (!_devices.TryGetValue(id, out var entry) || revision < entry.Revision)
            {
                return;
            }

            _links.Changed(entry.Announced, null);
            _devices.TryRemove(id, out _);
            if (_removals.Count < MostRemovals)
            {
                _removals[id] = entry.Revision;
            }

            _judge.Forget(id);
            _availability.Remove(id);
            foreach (var listener in _listeners)
            {
                listener.DeviceRemoved(id);
            }

            ListBehind(id);
        }
    }

    /// <summary>KV holds this availability.</summary>
    public void ApplyAvailability(DeviceId id, AvailabilityRecord record, ulong revision, bool anew = false)
    {
        lock (_gate)
        {
            if (_availability.TryGetValue(id, out var before) && (anew ? revision == before.Revision : revision <= before.Revision))
            {
                return;
            }

            _availability[id] = (record, revision);
            if (!_devices.TryGetValue(id, out var entry))
            {
                return;
            }

            _judge.Stored(id, record, revision, _clock.Now);
            if (before.Record is null ? record.Health.Count > 0 : !before.Record.Health.SequenceEqual(record.Health, StringComparer.Ordinal))
            {
                List(id);
            }
            else if (entry.Listed.Availability != record.Public)
            {
                var listed = entry.Listed with { Availability = record.Public };
                _devices[id] = entry with { Listed = listed };
                foreach (var listener in _listeners)
                {
                    listener.AvailabilityChanged(listed);
                }
            }
        }
    }

    /// <summary>KV holds no availability of the device.</summary>
    public void RemoveAvailability(DeviceId id, ulong revision)
    {
        lock (_gate)
        {
            if (_availability.TryGetValue(id, out var known) && revision > known.Revision)
            {
                _availability.Remove(id);
                _judge.StoredGone(id, revision);
            }
        }
    }

    /// <summary>What the announcer of this device is told about its links.</summary>
    public IReadOnlyList<ContractError> LinkWarnings(DeviceDescription description)
    {
        lock (_gate)
        {
            return [.. _links.Warnings(description)];
        }
    }

    private static LeaseTerms TermsOf(DeviceDescription description) =>
        new((long)(description.Lease?.TotalMilliseconds ?? 0), description.WhenOffline == OfflineMeaning.Assumed);

    private void GatewaysFirst(RegisteredDevice device, List<RegisteredDevice> ordered, HashSet<DeviceId> done)
    {
        // A stack of our own: a chain of gateways may be as long as somebody likes.
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

    private void PushGateway(Stack<(RegisteredDevice Device, bool GatewaysAreOut)> open, DeviceId? gateway, HashSet<DeviceId> done)
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
            if (listed.ViaDevice != entry.Listed.Description.ViaDevice || listed.ParentDevice != entry.Listed.Description.ParentDevice)
            {
                List(behind);
            }
        }
    }

    private void List(DeviceId id)
    {
        var entry = _devices[id];
        var known = _availability.GetValueOrDefault(id).Record;
        var description = _links.Listed(entry.Announced).WithHealth(known?.Health ?? []);
        var availability = known?.Public ?? new DeviceAvailability(false, entry.Listed.Availability.Since, Reasons.Unknown);
        var listed = new RegisteredDevice(description, entry.Revision, availability);
        _devices[id] = entry with { Listed = listed };
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
