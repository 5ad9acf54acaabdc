using Microsoft.Extensions.Logging;

namespace NATS.Client.Services.Internal;

/// <summary>What this library logs about services; event ids 2200 to 2299.</summary>
internal static partial class SvcLog
{
    [LoggerMessage(2201, LogLevel.Error, "The handler of endpoint {Endpoint} on {Subject} failed")]
    internal static partial void HandlerFailed(ILogger logger, Exception exception, string endpoint, string subject);

    [LoggerMessage(2202, LogLevel.Warning, "Endpoint {Endpoint} on {Subject} could not reply")]
    internal static partial void ReplyFailed(ILogger logger, Exception exception, string endpoint, string subject);

    [LoggerMessage(2203, LogLevel.Warning, "Discovery on {Subject} could not be answered")]
    internal static partial void DiscoveryFailed(ILogger logger, Exception exception, string subject);

    [LoggerMessage(2204, LogLevel.Warning, "The endpoint on {Subject} could not be unsubscribed")]
    internal static partial void UnsubscribeFailed(ILogger logger, Exception exception, string subject);

    [LoggerMessage(2205, LogLevel.Warning, "The statistics handler failed for endpoint {Endpoint}")]
    internal static partial void StatsHandlerFailed(ILogger logger, Exception exception, string endpoint);
}
