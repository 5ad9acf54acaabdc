using System.Collections.Concurrent;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Looks up when the states that were read from HOME_STATE were stored: the times there are the copies', and a copy may be much
/// younger than its message. It asks HOME_TELEMETRY for each message that may expire, or for the next one that is still there,
/// which is not older (docs/devices.md, "State": <c>expire_after</c> counts from the stored message's time).
/// </summary>
internal sealed partial class StoredTimes(
    StateStore store, IHomeStorage storage, TimeProvider time, ILogger<StoredTimes> log)
{
    private const string All = ">";
    private const int NotFound = 404;
    private const int AtOnce = 16;

    /// <summary>Looks up all that is known by a copy only. It survives outages and logs them.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task LookUpAsync(CancellationToken cancellationToken)
    {
        var waiting = new ConcurrentDictionary<ulong, bool>(
            store.Copies.Select(sequence => KeyValuePair.Create(sequence, true)));
        var backOff = new OutageBackOff(time);
        while (!waiting.IsEmpty)
        {
            try
            {
                await LookUpAsync(waiting, cancellationToken);
            }
            catch (Exception exception)
            {
                cancellationToken.ThrowIfCancellationRequested();
                LogFailed(waiting.Count, exception.Message);
                await backOff.WaitAsync(cancellationToken);
            }
        }
    }

    private async Task LookUpAsync(ConcurrentDictionary<ulong, bool> waiting, CancellationToken cancellationToken)
    {
        var name = storage.Names.TelemetryStream;
        var stream = await storage.JetStream.GetStreamAsync(name, cancellationToken: cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(waiting.Keys, options, async (sequence, token) =>
        {
            store.SetAge(sequence, time.GetUtcNow() - await TimeOfAsync(stream, sequence, token));
            waiting.TryRemove(sequence, out _);
        });
    }

    /// <summary>
    /// When the message or the next one was stored; null when the stream has none: then the copy's time counts.
    /// </summary>
    private static async ValueTask<DateTimeOffset?> TimeOfAsync(
        INatsJSStream stream, ulong sequence, CancellationToken cancellationToken)
    {
        try
        {
            var request = new StreamMsgGetRequest { Seq = sequence, NextBySubj = All };
            return (await stream.GetAsync(request, cancellationToken)).Message.Time;
        }
        catch (NatsJSApiException exception) when (exception.Error.Code == NotFound)
        {
            return null;
        }
    }

    [LoggerMessage(2011, LogLevel.Warning, "The age of stored states ({Count}) could not be looked up; it is tried again: {Reason}")]
    private partial void LogFailed(int count, string reason);
}
