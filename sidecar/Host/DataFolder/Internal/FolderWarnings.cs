namespace HaNatsBridge.Host.DataFolder.Internal;

/// <summary>Logs what was wrong with the folder: it is opened before there is a log.</summary>
internal sealed partial class FolderWarnings(IDataFolder folder, ILogger<FolderWarnings> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var warning in (folder as Folder)?.TakeWarnings() ?? [])
        {
            LogWarning(warning);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(1020, LogLevel.Warning, "{Warning}")]
    private partial void LogWarning(string warning);
}
