using HaNatsBridge.Host.Embedded;

namespace HaNatsBridge.Host.Fleet.Internal;

/// <summary>The credentials as the server's users.</summary>
internal sealed class FleetUsers(FleetStore store) : IServerUserSource
{
    public IReadOnlyList<ServerUser> Read(string prefix) =>
        [.. store.Read().Select(credential => DeviceRights.For(credential, prefix))];
}
