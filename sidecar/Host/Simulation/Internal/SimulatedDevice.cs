using System.Diagnostics.CodeAnalysis;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>A device with entities that live: they change by themselves and obey commands.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim needs no disposal unless its wait handle is used.")]
internal sealed class SimulatedDevice
{
    private const int LeaseSeconds = 90;

    // Commands and the passing of time change the same entities.
    private readonly SemaphoreSlim _alone = new(1, 1);
    private readonly Random _random;
    private readonly Queue<SimulatedEntity> _unpublished;
    private TimeSpan _uptime;

    public SimulatedDevice(DeviceId id, object fields, IReadOnlyList<SimulatedEntity> entities, Random random, TimeProvider time)
    {
        (Entities, _random) = (entities, random);
        _unpublished = new Queue<SimulatedEntity>(entities.Where(entity => entity.Picture is not null));
        var description = entities.Aggregate(
            new DeviceDescription(id.Type, id.Id, fields),
            (device, entity) => device.With(entity.Key, entity.Platform, entity.Fields));
        Device = new Device(description, time) { Health = Health };
        foreach (var entity in entities)
        {
            Device.OnCommand(entity.Key, (command, cancellationToken) => ExecuteAsync(entity, command, cancellationToken));
        }
    }

    public Device Device { get; }

    public IReadOnlyList<SimulatedEntity> Entities { get; }

    /// <summary>The fields of every simulated device.</summary>
    public static object Fields(string name, string model, string area) => new
    {
        name,
        manufacturer = "HaNatsBridge",
        model,
        suggested_area = area,
        lease_seconds = LeaseSeconds,
    };

    /// <summary>Publishes its whole state.</summary>
    public ValueTask PublishAsync(CancellationToken cancellationToken) =>
        Device.PublishStatesAsync(
            Entities.Where(entity => entity.State is not null).ToDictionary(entity => entity.Key, entity => entity.State),
            cancellationToken);

    /// <summary>Lets that much time pass, and publishes what changed.</summary>
    public async Task AdvanceAsync(TimeSpan elapsed, CancellationToken cancellationToken)
    {
        await _alone.WaitAsync(cancellationToken);
        try
        {
            _uptime += elapsed;
            foreach (var entity in Entities)
            {
                if (entity.Advance(elapsed, _random))
                {
                    await Device.PublishStateAsync(entity.Key, entity.State, cancellationToken);
                }
            }

            await RingAsync(cancellationToken);
            await PublishPicturesAsync(cancellationToken);
        }
        finally
        {
            _alone.Release();
        }
    }

    /// <summary>As soon as there is a connection.</summary>
    private async Task PublishPicturesAsync(CancellationToken cancellationToken)
    {
        while (_unpublished.TryPeek(out var entity) && entity.Picture is var (bytes, type)
            && await Device.PublishImageAsync(entity.Key, bytes, type, cancellationToken))
        {
            _unpublished.Dequeue();
        }
    }

    private async Task ExecuteAsync(SimulatedEntity entity, DeviceCommand command, CancellationToken cancellationToken)
    {
        await _alone.WaitAsync(cancellationToken);
        try
        {
            entity.Execute(command);
            if (entity.State is { } state)
            {
                command.Preview = state;
                await Device.PublishStateAsync(entity.Key, state, cancellationToken);
            }

            await RingAsync(cancellationToken);
        }
        finally
        {
            _alone.Release();
        }
    }

    private async Task RingAsync(CancellationToken cancellationToken)
    {
        foreach (var bell in Entities.OfType<EventEntity>().Where(bell => bell.TakeRing()))
        {
            await Device.PublishEventAsync(bell.Key, EventEntity.Ring, cancellationToken: cancellationToken);
        }
    }

    private object Health()
    {
        var uptime = (long)_uptime.TotalSeconds;
        return new { status = "online", rssi = -50 - (uptime % 20), uptime_s = uptime };
    }
}
