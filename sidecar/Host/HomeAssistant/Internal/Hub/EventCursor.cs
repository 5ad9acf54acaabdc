using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Log;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>
/// Notices a client that has seen moments which the stream has lost. The epoch is the stream's time of making, which an older copy of the stream shares, and what else is stored may have lost
/// as much; the client is the only one who remembers. Without this it would take new moments for repetitions until their numbers have passed its own.
/// </summary>
internal sealed partial class EventCursor(ChangeLog log, IHomeStorage storage, ILogger<EventCursor> logger)
{
    /// <summary>Where the client begins: as it says, unless the stream does not reach so far.</summary>
    public async ValueTask<ListenRequest> CheckAsync(ListenRequest from, CancellationToken cancellationToken)
    {
        if (!log.IsBehind(from))
        {
            return from;
        }

        try
        {
            var last = (await storage.JetStream.GetStreamAsync(storage.Names.EventsStream, cancellationToken: cancellationToken)).Info.State.LastSeq;
            if (from.LastEvent <= last)
            {
                return from;
            }

            LogLost(from.LastEvent!.Value, last);
            return log.SetBack(from);
        }
        catch (NatsException exception)
        {
            LogUnknown(exception.Message);
            return from;
        }
    }

    [LoggerMessage(3030, LogLevel.Warning, "A client has seen moment {Seen}, the stream reaches {Last}: it has lost its end, and the client begins anew from here")]
    private partial void LogLost(ulong seen, ulong last);

    [LoggerMessage(3031, LogLevel.Debug, "Whether the stream of moments has lost its end is not known: {Reason}")]
    private partial void LogUnknown(string reason);
}
