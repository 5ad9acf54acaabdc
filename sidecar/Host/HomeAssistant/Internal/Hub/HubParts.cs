using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.HomeAssistant.Internal.Log;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>What every call of the hub needs; SignalR makes a new hub a call, these are made once.</summary>
internal sealed record HubParts(
    ChangeLog Log,
    ClientSessions Sessions,
    FeedMetrics Metrics,
    ReportPublisher Reports,
    DiagnosticsWriter Diagnostics,
    EventCursor Events,
    IDeviceRegistry Registry,
    IStateStore States,
    ICommandRouter Commands,
    IHomeStorage Storage,
    IRepairs Repairs,
    TimeProvider Time,
    ILogger<BridgeHub> Logger)
{
    /// <summary>How long a call waits for a sidecar that has just started, before it answers NOT_READY.</summary>
    public static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

    /// <summary>Whether everything has been read: what there is can be told, and commands find their devices.</summary>
    public bool IsReady => Registry.Ready.IsCompletedSuccessfully && States.Ready.IsCompletedSuccessfully;

    /// <summary>Whether the part of the sidecar is ready, at the latest after <see cref="StartPatience"/>.</summary>
    public async ValueTask<bool> IsReadyAsync(Task ready, CancellationToken cancellationToken)
    {
        if (ready.IsCompletedSuccessfully)
        {
            return true;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(ready, Task.Delay(StartPatience, Time, patience.Token));
        await patience.CancelAsync();
        return ready.IsCompletedSuccessfully;
    }
}
