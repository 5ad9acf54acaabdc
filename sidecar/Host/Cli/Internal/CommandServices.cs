using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>The few services of a command that runs beside a sidecar.</summary>
internal static class CommandServices
{
    public static ServiceProvider Build(BridgeOptions options, IDataFolder folder) => new ServiceCollection()
        .AddLogging()
        .AddSingleton(TimeProvider.System)
        .AddSettings(SettingsFeature.Fixed(options))
        .AddDataFolder(folder)
        .AddEmbeddedAccess()
        .AddFleet()
        .BuildServiceProvider();
}
