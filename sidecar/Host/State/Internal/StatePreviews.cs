using NATS.Client.Core;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Opens the subscriptions of the short way (<see cref="StateStore.Preview"/>), each of them once: one that was open already when another failed would hear every message twice.
/// </summary>
internal sealed class StatePreviews(INatsConnection connection, IEnumerable<string> subjects, StateStore store)
{
    private readonly Queue<string> _missing = new(subjects);

    /// <summary>Opens those that are not open yet; may be called again after it failed.</summary>
    public async ValueTask OpenAsync(CancellationToken cancellationToken)
    {
        while (_missing.TryPeek(out var subject))
        {
            await connection.AddSubAsync(new StatePreviewSub(connection, subject, store), cancellationToken);
            _missing.Dequeue();
        }
    }
}
