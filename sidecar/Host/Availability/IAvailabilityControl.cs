using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Availability;

/// <summary>
/// What the registry and the connections report of devices, on every sidecar. The leader decides and writes.
/// </summary>
public interface IAvailabilityControl
{
    /// <summary>Whether this sidecar decides who is online.</summary>
    bool IsLeader { get; }

    /// <summary>This sidecar decides from now on. Handlers must not block or throw.</summary>
    event Action? BecameLeader;

    /// <summary>A device is in the registry, or its terms changed.</summary>
    void Register(DeviceId id, AvailabilityTerms terms);

    /// <summary>A device is no longer in the registry.</summary>
    void Forget(DeviceId id);

    /// <summary>Every device of the registry has been registered once: before that this sidecar does not lead.</summary>
    void AllRegistered();

    /// <summary>A device announced itself. It may be registered a moment later.</summary>
    /// <param name="id">The device.</param>
    /// <param name="connection">The connection that it is on; null: none is known.</param>
    void Announced(DeviceId id, ConnectionId? connection);

    /// <summary>The device is on this connection; null: on none that is known.</summary>
    void SetConnection(DeviceId id, ConnectionId? connection);

    /// <summary>The device's connection was closed, and it is on no other.</summary>
    void Disconnected(DeviceId id);

    /// <summary>Who is online, and on which connection as far as that is known.</summary>
    IReadOnlyList<(DeviceId Id, ConnectionId? Connection)> Online();

    /// <summary>Removes what is stored of a device that was removed.</summary>
    /// <exception cref="NATS.Client.Core.NatsException">KV did not take it.</exception>
    Task RemoveAsync(DeviceId id, CancellationToken cancellationToken);
}
