using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Host.Health;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host;

/// <summary>
/// Runs the host until the process is to end, and builds it anew after each requested restart (<see cref="IHostRestart"/>):
/// after 1 s, then twice as long each time up to 30 s; a host that ran for a minute starts the series again.
/// </summary>
/// <param name="settings">The settings.</param>
/// <param name="folder">The data folder, locked.</param>
/// <param name="features">Every feature there is.</param>
/// <param name="time">The clock of the pauses.</param>
/// <param name="console">Whether to log to the console.</param>
public sealed class HostRunner(
    ISettings settings, IDataFolder folder, IReadOnlyList<Feature> features, TimeProvider time, bool console = true)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongRun = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Returns when the process is to end. What keeps the very first host from starting is thrown; a later one is tried again.
    /// </summary>
    /// <param name="started">Called with each host once it runs.</param>
    /// <param name="cancellationToken">Ends it in order, the embedded server last.</param>
    public async Task RunAsync(Func<WebApplication, Task> started, CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        for (var isFirst = true; ; isFirst = false)
        {
            var began = time.GetTimestamp();
            if (!await RunOnceAsync(started, isFirst, cancellationToken))
            {
                return;
            }

            pause = time.GetElapsedTime(began) > LongRun ? FirstPause : pause;
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                // It was left running for the next host, which does not come.
                await EmbeddedFeature.StopAsync(settings.Current, folder, time);
                return;
            }

            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    /// <summary>Returns whether another host is to follow.</summary>
    private async Task<bool> RunOnceAsync(Func<WebApplication, Task> started, bool isFirst, CancellationToken cancellationToken)
    {
        await using var app = BridgeHost.Build(settings, folder, features, console);
        var restart = app.Services.GetRequiredService<IHostRestart>();
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception exception)
        {
            if (!isFirst && !cancellationToken.IsCancellationRequested && exception is not SettingsException)
            {
                restart.Request($"it did not start: {exception.Message}");
            }

            // What has started is stopped, the embedded server too unless another host follows.
            await app.StopAsync(CancellationToken.None);
            if (restart.IsRequested || cancellationToken.IsCancellationRequested)
            {
                return restart.IsRequested;
            }

            throw;
        }

        await started(app);
        try
        {
            await app.WaitForShutdownAsync(cancellationToken);
        }
        catch (Exception) when (restart.IsRequested)
        {
            // A feature that cannot stop in order is the more reason to begin anew; the host has logged it.
            return true;
        }

        return restart.IsRequested;
    }
}
