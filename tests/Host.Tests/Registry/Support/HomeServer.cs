using HaNatsBridge.Tests.Support;

namespace HaNatsBridge.Host.Tests.Registry.Support;

/// <summary>
/// A server as home mode configures it: accounts HOME and SYS, a bridge, devices with credentials, and clients without.
/// </summary>
internal static class HomeServer
{
    /// <summary>The accounts.</summary>
    public const string Config = """
        accounts {
          HOME {
            jetstream: enabled
            users: [
              { user: bridge, password: bridge }
              { user: "climate.hall", password: device, permissions {
                  publish: [
                    "home.discovery.announce.climate.hall", "home.discovery.remove.climate.hall", "home.devices.climate.hall.>"
                  ]
                  subscribe: ["home.devices.climate.hall.set", "home.discovery.request", "_INBOX.climate.hall.>"]
                  allow_responses: true } }
              { user: anyone, password: anyone }
            ]
          }
          SYS { users: [ { user: sys, password: sys } ] }
        }
        system_account: SYS
        no_auth_user: anyone
        """;

    public static Task<NatsServerProcess> StartAsync(NatsServerVersion version) =>
        NatsServerProcess.StartAsync(new NatsServerOptions { Version = version, JetStream = true, Config = Config });
}
