using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Fleet;

/// <summary>
/// Who may come to the embedded server, and as which device or client program (contract/subjects.md, "A device's rights"). Works beside a running sidecar, and without
/// one.
/// </summary>
public interface IFleet
{
    /// <summary>All credentials, oldest first.</summary>
    /// <exception cref="FleetException">What is stored cannot be read.</exception>
    IReadOnlyList<Credential> List();

    /// <summary>The credential that speaks for a device; null when there is none, or the server is not the embedded one.</summary>
    /// <exception cref="FleetException">What is stored cannot be read.</exception>
    Credential? Of(DeviceId device);

    /// <summary>
    /// Makes a credential for a device, and for the devices behind it. Its secret is returned once and stored nowhere.
    /// </summary>
    /// <param name="device">The device; its inbox prefix is <c>_INBOX.{type}.{id}</c>.</param>
    /// <param name="subDevices">Devices that it speaks for.</param>
    /// <param name="password">A user and password instead of an NKey, for clients that know no NKeys.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FleetException">One of the devices has a credential, or the server does not take the new one.</exception>
    Task<NewCredential> AddDeviceAsync(
        DeviceId device, IReadOnlyList<DeviceId> subDevices, bool password, CancellationToken cancellationToken);

    /// <summary>Makes a user and password for a device that comes by MQTT.</summary>
    /// <param name="device">What it is called here; in the home it is what its discovery messages say.</param>
    /// <param name="topics">The topics that it may use, as MQTT filters; none: all that are not somebody's own.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FleetException">There is one, a filter is wrong, or the server does not take the new one.</exception>
    Task<NewCredential> AddMqttAsync(DeviceId device, IReadOnlyList<string> topics, CancellationToken cancellationToken);

    /// <summary>Makes a credential for every device of a type.</summary>
    /// <exception cref="FleetException">The type has one, or the server does not take the new one.</exception>
    Task<NewCredential> AddGatewayAsync(string type, bool password, CancellationToken cancellationToken);

    /// <summary>Makes a credential for a client program, which is no device.</summary>
    /// <param name="name">One safe token; its inbox prefix is <c>_INBOX.~client.{name}</c>.</param>
    /// <param name="rights">What it may do.</param>
    /// <param name="password">A user and password instead of an NKey.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="FleetException">The name is taken, or the server does not take the new one.</exception>
    Task<NewCredential> AddClientAsync(
        string name, ClientRights rights, bool password, CancellationToken cancellationToken);

    /// <summary>Revokes a credential by its <see cref="Credential.Name"/>: the server cuts its connections. False when there is
    /// none; the server reloads its users all the same, because whoever removed it before may have been killed
    /// half-way.</summary>
    /// <exception cref="FleetException">What is stored cannot be read or written, or the server does not take the
    /// change.</exception>
    Task<bool> RemoveAsync(string name, CancellationToken cancellationToken);
}
