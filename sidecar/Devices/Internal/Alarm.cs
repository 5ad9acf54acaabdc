namespace HaNatsBridge.Devices.Internal;

/// <summary>Waits for the earliest time that was asked for; asking for an earlier one shortens a wait in progress.</summary>
internal sealed class Alarm(TimeProvider time)
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = New();
    private long? _due;

    /// <summary>Asks for a wake-up in that long at the latest.</summary>
    public void Schedule(TimeSpan delay)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            var due = time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);
            if (_due <= due)
            {
                return;
            }

            (_due, changed, _changed) = (due, _changed, New());
        }

        changed.SetResult();
    }

    /// <summary>Completes when it is time. One caller at once.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            TimeSpan wait;
            lock (_lock)
            {
                changed = _changed.Task;
                wait = _due is { } due ? time.GetElapsedTime(time.GetTimestamp(), due) : Timeout.InfiniteTimeSpan;
                if (_due is not null && wait <= TimeSpan.Zero)
                {
                    _due = null;
                    return;
                }
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changed, Task.Delay(wait, time, over.Token));
            await over.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
