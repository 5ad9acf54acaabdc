using HaNatsBridge.Devices;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Link;

/// <summary>As whom the devices of a bridge log in: as the sidecar itself, which may speak for every device.</summary>
public static class BridgeLogin
{
    /// <summary>The login.</summary>
    public static DeviceConnectionOptions For(BridgeOptions options, IEmbeddedServer server)
    {
        var login = new DeviceConnectionOptions { Prefix = options.Prefix };
        if (!server.IsUsed)
        {
            return login with
            {
                Url = options.Nats.Url ?? login.Url,
                CredsFile = options.Nats.Creds,
                Configure = nats => NatsClientOptions.Bridged(nats, NatsClientOptions.TlsOf(options.Nats)),
            };
        }

        var access = server.Access;
        return login with
        {
            Url = access.Url,
            User = access.Home.User,
            Password = access.Home.Password,
            Configure = nats => NatsClientOptions.Bridged(nats, NatsClientOptions.TlsOf(access)),
        };
    }
}
