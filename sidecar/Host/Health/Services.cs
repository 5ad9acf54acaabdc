namespace HaNatsBridge.Host.Health;

/// <summary>Helps a background service that runs several loops.</summary>
public static class Services
{
    /// <summary>
    /// Runs until the first of the tasks ends, as none should before <paramref name="stoppingToken"/> is cancelled. Unlike
    /// <see cref="Task.WhenAll(Task[])"/> it does not hide one that failed behind the others that go on: its exception, or its
    /// mere end, is the end of the service, and so restarts the host.
    /// </summary>
    public static async Task RunTogetherAsync(CancellationToken stoppingToken, params IReadOnlyCollection<Task> tasks)
    {
        var first = await Task.WhenAny(tasks);
        await (stoppingToken.IsCancellationRequested ? Task.WhenAll(tasks) : first);
    }
}
