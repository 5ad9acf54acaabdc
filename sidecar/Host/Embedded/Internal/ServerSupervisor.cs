using System.Globalization;
using System.Text.Json.Nodes;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>Keeps the server running as long as the sidecar runs, and stops it last.</summary>
internal sealed partial class ServerSupervisor(
    EmbeddedServer server, IHostRestart restart, TimeProvider time, ILogger<ServerSupervisor> logger)
    : IHostedService, IHealthContributor, IAsyncDisposable
{
    private static readonly TimeSpan Watch = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LastWeeks = TimeSpan.FromDays(14);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private volatile string? _trouble = "it is being started";
    private int _restarts;

    public string Name => "nats_server";

    public HealthReport Report()
    {
        var details = new JsonObject { ["embedded"] = server.IsUsed };
        if (!server.IsUsed)
        {
            return new HealthReport(HealthState.Ok, null, details);
        }

        if (server.Running is { } note)
        {
            details["pid"] = note.Pid;
            details["version"] = note.Version;
            details["program"] = note.Program;
            details["listen"] = note.Listen;
            details["adopted"] = server.IsAdopted;
            details["max_file_store"] = note.MaxFileStore;
        }

        details["restarts"] = _restarts;
        var trouble = _trouble ?? TroubleOfCertificate(details);
        return new HealthReport(trouble is null ? HealthState.Ok : HealthState.Degraded, trouble, details);
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!server.IsUsed)
        {
            return;
        }

        var firstUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running = SuperviseAsync(firstUp, _stop.Token);

        // The connections find it up; a store that takes long to recover does not delay the start.
        await Task.WhenAny(firstUp.Task, Task.Delay(FirstWait, time, cancellationToken));
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();

        // Stopped also where the watch failed; left running for the next host of a restart, which adopts it.
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (server.IsUsed && !restart.IsRequested)
        {
            await server.StopAsync(cancellationToken);
        }
    }

    public ValueTask DisposeAsync()
    {
        _stop.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>A certificate is renewed or read at a start; a sidecar that runs for long says when it needs one.</summary>
    private string? TroubleOfCertificate(JsonObject details)
    {
        details["tls"] = server.Access.Tls is not null;
        if (server.Certificate is not { } certificate)
        {
            return null;
        }

        details["certificate_end"] = certificate.End.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return certificate.End - time.GetUtcNow() > LastWeeks
            ? null
            : server.Access.Tls!.CaFile is null
                ? $"its certificate ends on {certificate.End:yyyy-MM-dd}: renew {server.Access.Tls.CertFile}, and restart"
                : $"its certificate ends on {certificate.End:yyyy-MM-dd}: restart the sidecar, which renews it";
    }

    private async Task SuperviseAsync(TaskCompletionSource firstUp, CancellationToken cancellationToken)
    {
        var backOff = new OutageBackOff(time, LongestBackOff);
        try
        {
            while (true)
            {
                if (await TryStartAsync(cancellationToken))
                {
                    server.TellStarted();
                    firstUp.TrySetResult();
                    var up = time.GetTimestamp();
                    await EndedAsync(cancellationToken);
                    if (time.GetElapsedTime(up) > Settled)
                    {
                        backOff.Reset();
                    }

                    _restarts++;
                }

                firstUp.TrySetResult();
                await backOff.WaitAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            firstUp.TrySetResult();
        }
        catch (Exception exception)
        {
            firstUp.TrySetResult();
            restart.Request($"{nameof(ServerSupervisor)} failed: {exception.Message}");
        }
    }

    private async Task<bool> TryStartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await server.StartAsync(cancellationToken);
            _trouble = null;
            return true;
        }
        catch (Exception exception) when (
            exception is EmbeddedServerException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            if (_trouble != exception.Message)
            {
                _trouble = exception.Message;
                LogNotStarted(exception.Message);
            }

            return false;
        }
    }

    private async Task EndedAsync(CancellationToken cancellationToken)
    {
        while (server.IsAlive)
        {
            await Task.Delay(Watch, time, cancellationToken);
        }

        var code = ChildProcess.TryReap(server.Running!.Pid);
        var how = HowItEnded(code);
        _trouble = $"it ended by itself{how} and is restarted";
        LogEnded(server.Running.Pid, how, server.LastWords() is { Length: > 0 } words ? $": {words}" : "");
    }

    /// <summary>In brackets, with a space before them; empty where it is not known, as with an adopted server.</summary>
    internal static string HowItEnded(int? code) => code switch
    {
        null => "",
        > ChildProcess.SignalOffset => $" (signal {code - ChildProcess.SignalOffset})",
        _ => $" (exit code {code})",
    };

    [LoggerMessage(1010, LogLevel.Error, "nats-server does not run: {Reason}")]
    private partial void LogNotStarted(string reason);

    [LoggerMessage(
        1011, LogLevel.Error, "nats-server, process {Pid}, ended by itself{How} and is restarted{LastWords}")]
    private partial void LogEnded(int pid, string how, string lastWords);
}
