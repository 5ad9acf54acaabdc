using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Leadership;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.HttpDevices.Internal;

/// <summary>Runs the HTTP devices while this sidecar has the lease for it.</summary>
internal sealed class HttpDevicesService(
    BridgeOptions options, IEmbeddedServer server, ILeadership leadership, TimeProvider time, ILogger<HttpDevicesService> log)
    : BackgroundService
{
    private volatile HttpBridge? _bridge;

    /// <summary>What runs now; null: another sidecar does it, or there is nothing to do.</summary>
    public HttpBridge? Bridge => _bridge;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Of<HttpDevicesOptions>().Entries.Count == 0
        // A background service that ends restarts the host.
        ? Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken)
        : leadership.For("http").RunWhileHeldAsync(RunAsync, stoppingToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var bridge = new HttpBridge(options.Of<HttpDevicesOptions>().Entries, BridgeLogin.For(options, server), time, log);
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
