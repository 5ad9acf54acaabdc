using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.Availability;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Cli;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Connections;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.ForeignSubjects;
using HaNatsBridge.Host.HomeAssistant;
using HaNatsBridge.Host.HttpDevices;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.MqttBridge;
using HaNatsBridge.Host.Pictures;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.RestGateway;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Simulation;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Webhooks;
using HaNatsBridge.Host.Zeroconf;

namespace HaNatsBridge.Host;

/// <summary>
/// Composition only: which features there are, and in which order they start. They stop in the reverse order, so the embedded
/// server goes last.
/// </summary>
public static class Program
{
    /// <summary>
    /// The role of the features that are right only together: who is online follows from states, commands and the registry, and
    /// so on.
    /// </summary>
    private const string Core = "core";

    /// <summary>Every feature, one line each.</summary>
    public static IReadOnlyList<Feature> Features { get; } =
    [
        new(null, services => services) { Settings = [.. SettingsFeature.Settings, .. DataFolderFeature.Settings] },
        new(null, services => services.AddRepairs()),
        new(null, services => services.AddEmbedded()) { Settings = EmbeddedFeature.Settings },
        new(null, services => services.AddLink()) { Settings = LinkFeature.Settings },
        new(null, services => services.AddStorage()) { Settings = StorageFeature.Settings },
        new(null, services => services.AddFleet()),
        new(Core, services => services.AddLeadership()),
        new(Core, services => services.AddAvailability()),
        new(Core, services => services.AddDeviceConnections()),
        new(Core, services => services.AddRegistry()) { Settings = RegistryFeature.Settings },
        new(Core, services => services.AddState()),
        new(Core, services => services.AddCommands()) { Settings = CommandsFeature.Settings },
        new(Core, services => services.AddPictures(), app => app.MapPictures()),
        new(Core, services => services.AddChanges()),
        new("home_assistant", services => services.AddHomeAssistant(), app => app.MapHomeAssistant()) { Needs = Core },
        new("home_assistant", services => services.AddZeroconf()) { Needs = Core, Settings = ZeroconfFeature.Settings },
        new("mqtt", services => services.AddMqttBridge()) { Settings = MqttBridgeFeature.Settings, Needs = Core },
        new("http", services => services.AddHttpDevices()) { Settings = HttpDevicesFeature.Settings, Needs = Core },
        new("rest", services => services.AddRestGateway(), app => app.MapRestGateway()) { Needs = Core },
        new("subjects", services => services.AddForeignSubjects()) { Settings = ForeignSubjectsFeature.Settings, Needs = Core },
        new("webhooks", services => services.AddWebhooks(), app => app.MapWebhooks())
        {
            Settings = WebhooksFeature.Settings, Needs = Core,
        },
        new(null, services => services.AddSimulation()) { Settings = SimulationFeature.Settings },
        new(null, services => services.AddAdmin(), app => app.MapAdmin()) { Settings = AdminFeature.Settings },
    ];

    /// <summary>Runs the command line.</summary>
    public static Task<int> Main(string[] args) => BridgeCommandLine.RunAsync(args, Features);
}
