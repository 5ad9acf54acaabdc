using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Fleet.Internal;

namespace HaNatsBridge.Host.Fleet;

/// <summary>
/// Fleet: credentials of devices and client programs in home mode. An NKey user each in the embedded server's configuration (the server keeps the
/// public key), or a user with a bcrypt password, with its own subjects only (contract/subjects.md, "A device's rights"). The server reloads
/// by signal: other connections stay, a revoked one is cut. <c>fleet.json</c> in the data folder holds no secret. Accounts,
/// operators and JWTs belong to fleet mode, which is not here yet.
/// </summary>
public static class FleetFeature
{
    /// <summary>Registers <see cref="IFleet"/> and gives the embedded server its users.</summary>
    public static IServiceCollection AddFleet(this IServiceCollection services) => services
        .AddSingleton<FleetStore>()
        .AddSingleton<IServerUserSource, FleetUsers>()
        .AddSingleton<ServerReload>()
        .AddSingleton<IFleet, FleetService>();
}
