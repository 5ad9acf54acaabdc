using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.MqttBridge.Internal;

/// <summary>A command whose messages are sent, and that waits for the state which shows that it was done.</summary>
/// <param name="Entity">The entity.</param>
/// <param name="IsConfirmed">Whether its state shows it.</param>
internal sealed record PendingCommand(EntityId Entity, Func<bool> IsConfirmed)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the state has come.</summary>
    public Task Done => _done.Task;

    /// <summary>The state has come.</summary>
    public void Complete() => _done.TrySetResult();
}
