using Microsoft.Extensions.Logging;

namespace NATS.Client.JetStream.Internal;

/// <summary>What this library logs about JetStream; event ids 2000 to 2099.</summary>
internal static partial class JSLog
{
    [LoggerMessage(2001, LogLevel.Warning, "The server did not take {Path} of {Kind} {Name}: asked {Asked}, has {Echoed}")]
    internal static partial void ConfigNotTaken(ILogger logger, string kind, string name, string path, string asked, string echoed);

    [LoggerMessage(2002, LogLevel.Debug, "Consumer {Consumer} of stream {Stream}: {Notification}")]
    internal static partial void Notification(ILogger logger, string stream, string consumer, string notification);

    [LoggerMessage(2003, LogLevel.Debug, "Ordered consumer of stream {Stream} made anew from sequence {Sequence}: {Reason}")]
    internal static partial void OrderedReset(ILogger logger, string stream, ulong sequence, string reason);

    [LoggerMessage(2004, LogLevel.Warning, "Ordered consumer of stream {Stream} cannot be made anew yet (attempt {Attempt})")]
    internal static partial void OrderedResetFailed(ILogger logger, Exception exception, string stream, int attempt);

    [LoggerMessage(2005, LogLevel.Debug, "Consumer {Consumer} of stream {Stream}: the pull could not be sent and is sent again")]
    internal static partial void PullNotSent(ILogger logger, Exception exception, string stream, string consumer);

    [LoggerMessage(2006, LogLevel.Warning, "Stream {Stream} is not the one that was read before: last sequence {Last}, read up to {Read}; reading on from {Start}")]
    internal static partial void StreamRolledBack(ILogger logger, string stream, ulong last, ulong read, ulong start);

    [LoggerMessage(2007, LogLevel.Warning, "The notification handler of consumer {Consumer} of stream {Stream} failed")]
    internal static partial void NotificationHandlerFailed(ILogger logger, Exception exception, string stream, string consumer);
}
