using System.Net.Sockets;
using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Link.Internal;

/// <summary>Opens a connection for commands, and a new one when it was lost.</summary>
internal sealed partial class CommandLink(HomeLink home, TimeProvider time, ILogger<CommandLink> logger)
    : BackgroundService, ICommandLink, IHealthContributor
{
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(2);

    private volatile TaskCompletionSource<CommandConnection> _opened = NewOpened();
    private volatile string? _problem;

    public string Name => "nats_commands";

    public async ValueTask<CommandConnection> OpenedAsync(CancellationToken cancellationToken) =>
        await _opened.Task.WaitAsync(cancellationToken);

    public HealthReport Report()
    {
        var isOpen = _opened.Task.IsCompletedSuccessfully;
        var details = new JsonObject { ["up"] = isOpen };
        return isOpen || !home.IsUp || _problem is null
            ? new HealthReport(HealthState.Ok, null, details)
            : new HealthReport(HealthState.Degraded, _problem, details);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backOff = new OutageBackOff(time);
        while (true)
        {
            await home.UpAsync(stoppingToken);
            if (await UseAsync(stoppingToken))
            {
                backOff.Reset();
            }
            else
            {
                await backOff.WaitAsync(stoppingToken);
            }
        }
    }

    private static TaskCompletionSource<CommandConnection> NewOpened() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Connects and waits for the loss; false: the connection could not be opened.</summary>
    private async Task<bool> UseAsync(CancellationToken stoppingToken)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var nats = Create(lost);
        try
        {
            await nats.ConnectAsync();

            // The home connection may be dead without having noticed it. Only if it still answers, both are connected to the same
            // server, and what is known of its store is still true.
            await home.Home.PingAsync(stoppingToken).AsTask().WaitAsync(PingLimit, time, stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            Failed(NatsFailure.ReasonOf(exception));
            _ = EndAsync(nats);
            return false;
        }

        _problem = null;
        var end = new CancellationTokenSource();
        _opened.SetResult(new CommandConnection(nats, end.Token));
        try
        {
            await lost.Task.WaitAsync(stoppingToken);
        }
        finally
        {
            _opened = NewOpened();

            // Not awaited: neither the waiting commands nor the end of the client may delay the next connection.
            _ = end.CancelAsync();
            _ = EndAsync(nats);
        }

        return true;
    }

    private NatsConnection Create(TaskCompletionSource lost)
    {
        var nats = new NatsConnection(NatsClientOptions.Commands(home.Home.Opts, home.Server));
        var isUsed = 0;
        nats.OnConnectingAsync = server => Interlocked.Exchange(ref isUsed, 1) == 0
            ? ValueTask.FromResult(server)
            : throw new NatsException("A connection for commands is never opened again");
        nats.OnSocketAvailableAsync = static socket =>
        {
            // The operating system, too, discards what it has not sent yet.
            if (socket is INatsTlsUpgradeableSocketConnection { Socket: var tcp })
            {
                tcp.LingerState = new LingerOption(enable: true, seconds: 0);
            }

            return ValueTask.FromResult(socket);
        };
        nats.ConnectionDisconnected += (_, _) =>
        {
            lost.TrySetResult();
            return ValueTask.CompletedTask;
        };
        return nats;
    }

    private static async Task EndAsync(NatsConnection nats)
    {
        try
        {
            await nats.DisposeAsync();
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException or SocketException)
        {
            // It is closed in any case.
        }
    }

    private void Failed(string reason)
    {
        if (home.IsUp && _problem is null)
        {
            _problem = $"No connection for commands: {reason}";
            LogFailed(logger, reason);
        }
    }

    [LoggerMessage(1105, LogLevel.Warning,
        "No connection to NATS for commands, although the home connection is open; it is tried again and again: {Reason}")]
    private static partial void LogFailed(ILogger logger, string reason);
}
