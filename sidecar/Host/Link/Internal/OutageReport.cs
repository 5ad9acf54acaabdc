namespace HaNatsBridge.Host.Link.Internal;

/// <summary>
/// Says why a connection is not open: on the log once for each reason, and in the health report. Short interruptions, as a
/// restart of the server, are not looked into.
/// </summary>
internal sealed partial class OutageReport(NatsDiagnosis diagnosis, Func<bool> isUp, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>Each look is a login, which costs the server something.</summary>
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(10);
    private volatile string? _problem;

    /// <summary>The reason; null while the connection is open, or where nothing is wrong with the server.</summary>
    public string? Problem => _problem;

    /// <summary>Watches until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var wasUp = false;
        long? looked = null;
        while (true)
        {
            await Task.Delay(Tick, time, cancellationToken);
            if (isUp())
            {
                (wasUp, looked, _problem) = (true, null, null);
            }
            else if (wasUp)
            {
                wasUp = false;
            }
            else if (looked is not { } at || time.GetElapsedTime(at) >= BetweenLooks)
            {
                await LookAsync(cancellationToken);
                looked = time.GetTimestamp();
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var found = (await diagnosis.FindAsync(cancellationToken))?.ToString();
        if (isUp())
        {
            return;
        }

        if (found is not null && found != _problem)
        {
            LogProblem(found);
        }

        _problem = found;
    }

    [LoggerMessage(1102, LogLevel.Warning,
        "No connection to NATS: {Problem} It is tried again: every second for a minute, then less often, at most 30 s apart")]
    private partial void LogProblem(string problem);
}
