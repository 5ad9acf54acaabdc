using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Fleet;

namespace HaNatsBridge.Host.Tests.Support;

/// <summary>Credentials that a test only lets be read: a part that writes them fails.</summary>
internal abstract class ReadOnlyFleet : IFleet
{
    public abstract IReadOnlyList<Credential> List();

    public abstract Credential? Of(DeviceId device);

    public Task<NewCredential> AddDeviceAsync(
        DeviceId device, IReadOnlyList<DeviceId> subDevices, bool password, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<NewCredential> AddMqttAsync(
        DeviceId device, IReadOnlyList<string> topics, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<NewCredential> AddGatewayAsync(string type, bool password, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<NewCredential> AddClientAsync(
        string name, ClientRights rights, bool password, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => throw new NotSupportedException();
}
