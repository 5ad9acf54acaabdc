using Microsoft.Extensions.Logging;

namespace NATS.Client.Core.Internal;

/// <summary>Everything the core logs. 1xxx: connection, 2xxx: subscriptions, 3xxx: server errors.</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Connected to {Server} (nats-server {Version}, client id {ClientId})")]
    public static partial void Connected(ILogger logger, string server, string version, ulong clientId);

    [LoggerMessage(1002, LogLevel.Warning, "Connection to {Server} lost: {Reason}")]
    public static partial void Disconnected(ILogger logger, string server, string reason);

    [LoggerMessage(1003, LogLevel.Debug, "Attempt {Attempt} to connect to {Server} failed: {Reason}")]
    public static partial void AttemptFailed(ILogger logger, int attempt, string server, string reason);

    [LoggerMessage(1004, LogLevel.Error, "The connection is given up: {Reason}")]
    public static partial void GivenUp(ILogger logger, string reason);

    [LoggerMessage(1005, LogLevel.Debug, "Round {Round} over all servers failed; next in {Delay}")]
    public static partial void Waiting(ILogger logger, int round, TimeSpan delay);

    [LoggerMessage(1006, LogLevel.Error, "A handler of {Event} threw")]
    public static partial void HandlerFailed(ILogger logger, Exception exception, string @event);

    [LoggerMessage(1007, LogLevel.Warning, "Server {Server} is in lame duck mode")]
    public static partial void LameDuck(ILogger logger, string server);

    [LoggerMessage(1008, LogLevel.Debug, "INFO from {Server} could not be read: {Reason}")]
    public static partial void BadInfo(ILogger logger, string server, string reason);

    [LoggerMessage(2001, LogLevel.Warning, "Slow consumer detected on subscription {Subject}: messages are dropped")]
    public static partial void SlowConsumer(ILogger logger, string subject);

    [LoggerMessage(2002, LogLevel.Debug, "Unsubscribing {Subject} failed")]
    public static partial void UnsubscribeFailed(ILogger logger, Exception exception, string subject);

    [LoggerMessage(2003, LogLevel.Debug, "Draining {Subject} was not confirmed in time")]
    public static partial void DrainUnconfirmed(ILogger logger, string subject);

    [LoggerMessage(3001, LogLevel.Error, "The server says: {Error}")]
    public static partial void ServerError(ILogger logger, string error);
}
