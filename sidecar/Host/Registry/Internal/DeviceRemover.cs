using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal.Announcing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Removes devices, whoever asks for it, in the lane of the device. What cannot be finished at once is finished by
/// <see cref="RemovalFinisher"/>.
/// </summary>
internal sealed partial class DeviceRemover(
    DeviceLanes lanes, DeviceRegistry registry, DeviceStore store, Refusals refusals, RegistryMetrics metrics,
    ILogger<DeviceRemover> log) : IDeviceRemoval
{
    public async Task<RemovalOutcome> RemoveAsync(DeviceId id, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<RemovalOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isPosted = TryRemove(id, (outcome, _) =>
        {
            done.TrySetResult(outcome);
            return ValueTask.CompletedTask;
        });
        return isPosted ? await done.Task.WaitAsync(cancellationToken) : RemovalOutcome.NotStored;
    }

    /// <summary>Removes a device after what is under way for it; false when too much waits.</summary>
    /// <param name="id">The device.</param>
    /// <param name="answer">Called with the outcome, in the device's lane.</param>
    public bool TryRemove(DeviceId id, Func<RemovalOutcome, CancellationToken, ValueTask> answer) =>
        lanes.TryPost(id, async stoppingToken => await answer(await RemoveInLaneAsync(id, stoppingToken), stoppingToken));

    private async Task<RemovalOutcome> RemoveInLaneAsync(DeviceId id, CancellationToken stoppingToken)
    {
        using var bounded = store.Bounded(stoppingToken);
        try
        {
            var isRemoved = await store.RemoveAsync(id, bounded.Token);
            if (isRemoved)
            {
                metrics.Removed();
                LogRemoved(id.ToString());
            }

            refusals.Clear(id);
            await FinishAsync(id, bounded.Token);
            return isRemoved ? RemovalOutcome.Removed : RemovalOutcome.NotKnown;
        }
        catch (Exception e) when (NatsTrouble.Is(e, stoppingToken))
        {
            LogNotRemoved(id.ToString(), e.Message);
            return RemovalOutcome.NotStored;
        }
    }

    private async Task FinishAsync(DeviceId id, CancellationToken cancellationToken)
    {
        if (registry.UnfinishedRemovalOf(id) is not { } removal)
        {
            return;
        }

        try
        {
            await store.FinishRemovalAsync(id, removal.Revision, cancellationToken);
        }
        catch (Exception e) when (e is NatsException or TimeoutException or OperationCanceledException)
        {
            // It is removed; the rest is tried again.
            LogUnfinished(id.ToString(), e.Message);
        }
    }

    [LoggerMessage(3601, LogLevel.Information, "{Device} was removed")]
    private partial void LogRemoved(string device);

    [LoggerMessage(3602, LogLevel.Warning, "{Device} could not be removed: {Reason}")]
    private partial void LogNotRemoved(string device, string reason);

    [LoggerMessage(3604, LogLevel.Warning, "{Device} is removed; its states could not be marked yet, tried again: {Reason}")]
    private partial void LogUnfinished(string device, string reason);
}
