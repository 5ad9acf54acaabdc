namespace HaNatsBridge.Host.Leadership;

/// <summary>Work that only the holder of a lease does.</summary>
public static class LeaseWork
{
    /// <summary>
    /// Competes for the lease, and runs the work whenever it is held: from its beginning, until the lease is lost or the work
    /// ends. Until it is cancelled.
    /// </summary>
    /// <param name="lease">The lease; its <see cref="ILease.RunAsync"/> is run here.</param>
    /// <param name="work">The work. It ends when its token is cancelled.</param>
    /// <param name="stoppingToken">Ends all.</param>
    public static async Task RunWhileHeldAsync(this ILease lease, Func<CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        using var changed = new SemaphoreSlim(0, 1);
        void Wake()
        {
            if (changed.CurrentCount == 0)
            {
                changed.Release();
            }
        }

        lease.Acquired += Wake;
        lease.Lost += Wake;
        var competing = lease.RunAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            if (!lease.IsHeld)
            {
                await Task.WhenAny(changed.WaitAsync(stoppingToken), competing);
                stoppingToken.ThrowIfCancellationRequested();
                continue;
            }

            using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            var running = work(stop.Token);
            while (lease.IsHeld && !running.IsCompleted)
            {
                await Task.WhenAny(changed.WaitAsync(stop.Token), running);
            }

            await stop.CancelAsync();
            await running;
        }

        await competing;
    }
}
