using NATS.Client.Core.Internal;

namespace NATS.Client.Core;

public partial class NatsConnection
{
    public async ValueTask<TimeSpan> PingAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            if (ConnectionState != NatsConnectionState.Open)
            {
                await ConnectAsync().AsTask().WaitAsync(cancellationToken);
            }

            var waiter = new PingWaiter();
            if (_outbound.WritePing(waiter))
            {
                return await waiter.Task.WaitAsync(cancellationToken);
            }

            // Between the loss and its notice; the state is about to change, unless a full subscription that waits for its reader holds up the notice.
            await Task.Delay(1, cancellationToken);
            ThrowIfDisposed();
        }
    }
}
