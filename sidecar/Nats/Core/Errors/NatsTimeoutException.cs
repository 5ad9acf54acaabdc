namespace NATS.Client.Core;

/// <summary>A command found no room in the write buffer, or no connection, within <see cref="NatsOpts.CommandTimeout"/>.</summary>
public sealed class NatsTimeoutException : NatsException
{
    public NatsTimeoutException(string message)
        : base(message)
    {
    }
}
