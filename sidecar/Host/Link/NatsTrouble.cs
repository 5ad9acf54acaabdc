using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>Tells trouble that passes from everything else.</summary>
public static class NatsTrouble
{
    /// <summary>Whether NATS or JetStream was away, refused or did not answer in time, and the caller was not stopped.</summary>
    public static bool Is(Exception exception, CancellationToken stoppingToken) =>
        exception is NatsException or TimeoutException
        || (exception is OperationCanceledException && !stoppingToken.IsCancellationRequested);
}
