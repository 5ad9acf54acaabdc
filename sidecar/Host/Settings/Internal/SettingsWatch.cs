namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>Reads the settings again when <c>bridge.yaml</c> has changed.</summary>
internal sealed partial class SettingsWatch(LiveSettings settings, TimeProvider time, ILogger<SettingsWatch> logger)
    : BackgroundService
{
    /// <summary>
    /// A look at the file's time is cheap, works on every file system, and an editor that replaces the file cannot escape it.
    /// </summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (settings.IsOutdated)
            {
                Reload();
            }
        }
    }

    private void Reload()
    {
        try
        {
            var (applied, waiting) = settings.Reload();
            if (applied.Count > 0)
            {
                LogApplied(string.Join(", ", applied));
            }

            if (waiting.Count > 0)
            {
                LogWaiting(string.Join(", ", waiting));
            }
        }
        catch (SettingsException exception)
        {
            LogWrong(exception.Message);
        }
    }

    [LoggerMessage(1700, LogLevel.Information, "Settings changed: {Keys}")]
    private partial void LogApplied(string keys);

    [LoggerMessage(1701, LogLevel.Warning, "Settings that take effect at the next start were changed: {Keys}")]
    private partial void LogWaiting(string keys);

    [LoggerMessage(1702, LogLevel.Error, "The changed settings are not used: {Reason}")]
    private partial void LogWrong(string reason);
}
