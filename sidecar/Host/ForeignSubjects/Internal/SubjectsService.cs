using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.ForeignSubjects.Internal;

/// <summary>Follows the subjects while this sidecar has the lease for it.</summary>
internal sealed class SubjectsService(
    BridgeOptions options,
    IEmbeddedServer server,
    ILeadership leadership,
    IHomeLink link,
    ICommandLink commands,
    Subscriptions subscriptions,
    IDeviceRegistry registry,
    IServiceProvider services)
    : BackgroundService
{
    private readonly TimeProvider _time = services.GetRequiredService<TimeProvider>();
    private readonly ILogger _log = services.GetRequiredService<ILoggerFactory>().CreateLogger<SubjectsService>();
    private volatile SubjectBridge? _bridge;

    /// <summary>How many entries the settings have.</summary>
    public int Entries => options.Of<SubjectsOptions>().Entries.Count;

    /// <summary>What runs now; null: another sidecar does it, or there is nothing to do.</summary>
    public SubjectBridge? Bridge => _bridge;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Entries == 0
        // A background service that ends restarts the host.
        ? Task.Delay(Timeout.InfiniteTimeSpan, _time, stoppingToken)
        : leadership.For("subjects").RunWhileHeldAsync(RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        var parts = new SubjectParts(link, commands, subscriptions, registry);
        var bridge = new SubjectBridge(options.Of<SubjectsOptions>().Entries, BridgeLogin.For(options, server), parts, _time, _log);
        _bridge = bridge;
        try
        {
            await bridge.RunAsync(cancellationToken);
        }
        finally
        {
            _bridge = null;
        }
    }
}
