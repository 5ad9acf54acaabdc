using HaNatsBridge.Host.Admin;
using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Cli;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.HomeAssistant;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Simulation;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host;

/// <summary>Composition only: which features there are, and in which order they start. They stop in the reverse order, so the embedded server goes last.</summary>
public static class Program
{
    /// <summary>Every feature, one line each.</summary>
    public static IReadOnlyList<Feature> Features { get; } =
    [
        new(null, services => services.AddRepairs()),
        new(null, services => services.AddEmbedded()),
        new(null, services => services.AddLink()),
        new(null, services => services.AddStorage()),
        new(null, services => services.AddFleet()),
        // Who is online is judged by every sign of life, and State hears most of them.
        new("discovery", services => services.AddRegistry()) { Needs = ["state"] },
        new("state", services => services.AddState()) { Needs = ["discovery"] },
        new("commands", services => services.AddCommands()) { Needs = ["discovery", "state"] },
        new("changes", services => services.AddChanges()) { Needs = ["discovery", "state"] },
        new("home_assistant", services => services.AddHomeAssistant(), app => app.MapHomeAssistant()) { Needs = ["changes", "commands"] },
        new(null, services => services.AddSimulation()),
        new(null, services => services.AddAdmin(), app => app.MapAdmin()),
    ];

    /// <summary>Runs the command line.</summary>
    public static Task<int> Main(string[] args)
    {
        if (BridgeHost.HasInlineSockets)
        {
            // Before the first socket, which reads it once: the thread that waited for a socket also handles what it brings. Nothing blocks there.
            Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        }

        return BridgeCommandLine.RunAsync(args, Features);
    }
}
