using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Availability;

namespace HaNatsBridge.Host.Connections;

/// <summary>
/// Which connection a device is on (docs/devices.md, "Online or offline"), so that its end means that the device is offline.
/// </summary>
public interface IDeviceConnections
{
    /// <summary>
    /// Looks for the connection of a device that announces itself. Does not fail: what cannot be asked now is asked again later.
    /// </summary>
    /// <param name="id">The device.</param>
    /// <param name="reply">The reply subject of its announcement; null: it has none.</param>
    /// <param name="cancellationToken">Ends the question.</param>
    Task<ConnectionLookup> FindAsync(DeviceId id, string? reply, CancellationToken cancellationToken);

    /// <summary>A device announced itself, here or at another sidecar: it is online, on this connection.</summary>
    /// <param name="id">The device.</param>
    /// <param name="connection">What was found; null: none.</param>
    void Announced(DeviceId id, ConnectionId? connection);

    /// <summary>A device was removed.</summary>
    void Forget(DeviceId id);
}

/// <summary>What is known of a device's connection.</summary>
/// <param name="Connection">The connection; null: none is known, and the device's lease alone tells whether it is online.</param>
/// <param name="HasDisconnectEvents">
/// Whether its end would be seen. False without system credentials, and where the device is behind a leaf node.
/// </param>
public readonly record struct ConnectionLookup(ConnectionId? Connection, bool HasDisconnectEvents);
