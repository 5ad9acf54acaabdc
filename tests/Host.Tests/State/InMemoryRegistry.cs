using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Registry;
using Microsoft.Extensions.DependencyInjection;

namespace HaNatsBridge.Host.Tests.State;

/// <summary>A registry that the test fills, where the test is not about announcing.</summary>
public sealed class InMemoryRegistry : IDeviceRegistry, IDeviceAvailability, IDeviceRemoval
{
    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, RegisteredDevice> _devices = [];
    private readonly List<IDeviceRegistryListener> _listeners = [];
    private readonly List<DeviceId> _removed = [];
    private ulong _revision;

    public Task Ready => Task.CompletedTask;

    public int Count => _devices.Count;

    public IReadOnlyList<DeviceId> Removed
    {
        get
        {
            lock (_gate)
            {
                return [.. _removed];
            }
        }
    }

    /// <summary>Every sign of life.</summary>
    public ConcurrentBag<DeviceId> Signs { get; } = [];

    /// <summary>Every health report.</summary>
    public ConcurrentQueue<(DeviceId Id, string? Status, IReadOnlyCollection<string> Keys)> Reports { get; } = [];

    public static DeviceDescription Describe(string json)
    {
        var result = AnnouncementReader.Read(Encoding.UTF8.GetBytes(json));
        return result.Device
            ?? throw new ArgumentException(string.Join("; ", result.Errors.Select(e => $"{e.Path}: {e.Message}")));
    }

    /// <summary>A device with numeric sensors <c>s0</c>, <c>s1</c>, …</summary>
    public static DeviceDescription Sensors(string id, int count, string extra = "")
    {
        var entities = Enumerable.Range(0, count)
            .Select(i => $$"""{"key":"s{{i}}","platform":"sensor","name":"S{{i}}","state_class":"measurement"}""");
        return Describe($$"""
            {"schema":1,"type":"sensor","id":"{{id}}","name":"Sensor {{id}}"{{extra}},"entities":[{{string.Join(",", entities)}}]}
            """);
    }

    public void Put(DeviceDescription description, bool online = true)
    {
        lock (_gate)
        {
            var availability = new DeviceAvailability(online, DateTimeOffset.UnixEpoch, "announced");
            var device = new RegisteredDevice(description, ++_revision, availability);
            _devices[description.Id] = device;
            _removed.Remove(description.Id);
            _listeners.ForEach(l => l.DeviceChanged(device));
        }
    }

    public void SetOnline(DeviceId id, bool online, string why)
    {
        lock (_gate)
        {
            var device = _devices[id] with { Availability = new DeviceAvailability(online, DateTimeOffset.UnixEpoch, why) };
            _devices[id] = device;
            _listeners.ForEach(l => l.AvailabilityChanged(device));
        }
    }

    public void Remove(DeviceId id)
    {
        lock (_gate)
        {
            _devices.Remove(id);
            _removed.Add(id);
            _listeners.ForEach(l => l.DeviceRemoved(id));
        }
    }

    public Task<RemovalOutcome> RemoveAsync(DeviceId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_devices.ContainsKey(id))
            {
                return Task.FromResult(RemovalOutcome.NotKnown);
            }

            Remove(id);
            return Task.FromResult(RemovalOutcome.Removed);
        }
    }

    public bool TryGet(DeviceId id, [NotNullWhen(true)] out RegisteredDevice? device)
    {
        lock (_gate)
        {
            return _devices.TryGetValue(id, out device);
        }
    }

    DeviceAvailability? IDeviceAvailability.Of(DeviceId id) => TryGet(id, out var device) ? device.Availability : null;

    IReadOnlyList<string> IDeviceAvailability.HealthKeysOf(DeviceId id) => [];

    IDisposable IDeviceAvailability.Subscribe(IAvailabilityListener listener) => throw new NotSupportedException();

    public string? ConnectionOf(DeviceId id) => $"NABC/{id.Id.Length}";

    public IReadOnlyList<RegisteredDevice> Snapshot()
    {
        lock (_gate)
        {
            return [.. _devices.Values];
        }
    }

    public IDisposable Subscribe(IDeviceRegistryListener listener)
    {
        lock (_gate)
        {
            _listeners.Add(listener);
            foreach (var device in _devices.Values)
            {
                listener.DeviceChanged(device);
            }
        }

        return new Subscription(this, listener);
    }

    public void SignOfLife(DeviceId id, TimeSpan age = default) => Signs.Add(id);

    public void Health(DeviceId id, string? status, IReadOnlyCollection<string> healthKeys, TimeSpan age = default)
    {
        Reports.Enqueue((id, status, healthKeys));
        if (TryGet(id, out var device))
        {
            Put(device.Description.WithHealth(healthKeys));
        }
    }

    private sealed class Subscription(InMemoryRegistry registry, IDeviceRegistryListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (registry._gate)
            {
                registry._listeners.Remove(listener);
            }
        }
    }
}

/// <summary>Puts it in the place of registry and availability.</summary>
public static class InMemoryRegistryExtensions
{
    public static IServiceCollection AddInMemory(this IServiceCollection services, InMemoryRegistry registry) =>
        services.AddSingleton<IDeviceRegistry>(registry).AddSingleton<IDeviceAvailability>(registry)
            .AddSingleton<IDeviceRemoval>(registry);
}
