using NATS.Client.Core;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Opens the subscriptions of the short way (<see cref="StateStore.Preview"/>), each of them once: one that was open already when another failed would hear every message twice.
/// </summary>
internal sealed class StatePreviews(INatsConnection connection, IEnumerable<string> subjects, StateStore store)
{
    private readonly Queue<string> _missing = new(subjects);

    /// <summary>The client holds them weakly: without this list they would end at some garbage collection.</summary>
    private readonly List<StatePreviewSub> _open = [];

    /// <summary>Opens those that are not open yet; may be called again after it failed.</summary>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        while (_missing.TryPeek(out var subject))
        {
            var subscription = new StatePreviewSub(connection, subject, store);
            await connection.AddSubAsync(subscription, cancellationToken);
            _open.Add(subscription);
            _missing.Dequeue();
        }
    }
}
