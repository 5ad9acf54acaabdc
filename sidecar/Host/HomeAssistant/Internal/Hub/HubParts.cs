using HaNatsBridge.Host.Changes;
using HaNatsBridge.Host.Commands;
using HaNatsBridge.Host.HomeAssistant.Internal.Messages;
using HaNatsBridge.Host.HomeAssistant.Internal.Requests;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Storage;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>What the calls of the hub need; SignalR makes a new hub a call, these are made once.</summary>
internal sealed record HubParts(
    IChanges Changes,
    ClientSessions Sessions,
    ReportPublisher Reports,
    HomeAssistantRequests Requests,
    DiagnosticsWriter Diagnostics,
    ICommandRouter Commands,
    IDeviceRemoval Removal,
    IHomeStorage Storage,
    ClientMessages Messages,
    TimeProvider Time)
{
    /// <summary>How long a call waits for a sidecar that has just started, before it answers NOT_READY.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(5);

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
