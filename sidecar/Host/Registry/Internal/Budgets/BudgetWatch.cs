using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal.Announcing;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Registry.Internal.Budgets;

/// <summary>
/// Asks all devices to announce themselves when some that were refused would find room now: at once after a limit was changed,
/// else every ten minutes, since a hostile device could make room and take it again.
/// </summary>
internal sealed class BudgetWatch(
    DeviceRegistry registry, EntityBudgets budgets, AnnounceNotices notices, ISettings settings, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await registry.Ready.WaitAsync(stoppingToken);
        settings.Changed += OnChanged;
        try
        {
            var changed = Volatile.Read(ref _changed).Task;
            while (true)
            {
                await changed.WaitAsync(Pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stoppingToken.ThrowIfCancellationRequested();

                // Before the look: what is changed meanwhile is another change.
                changed = Volatile.Read(ref _changed).Task;
                await ReconsiderAsync(stoppingToken);
            }
        }
        finally
        {
            settings.Changed -= OnChanged;
        }
    }

    private void OnChanged() =>
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))
            .TrySetResult();

    private async ValueTask ReconsiderAsync(CancellationToken stoppingToken)
    {
        if (!budgets.Reconsider())
        {
            return;
        }

        try
        {
            await notices.RequestAllAsync(stoppingToken);
        }
        catch (Exception e) when (NatsTrouble.Is(e, stoppingToken))
        {
            // They announce themselves when they reconnect.
        }
    }
}
