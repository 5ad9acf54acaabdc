using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>
/// Puts Home Assistant's own events on <c>home.events.…</c> and waits for JetStream's acknowledgements. The message id <c>{instance}:{number}</c> makes what is
/// reported again after a lost answer be stored once.
/// </summary>
internal sealed partial class ReportPublisher(IHomeStorage storage, FeedMetrics metrics, TimeProvider time, ILogger<ReportPublisher> log)
{
    /// <summary>How many acknowledgements are waited for at once: enough to hide the round trip, few enough not to hold up devices.</summary>
    private const int Window = 128;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Whether JetStream stored all of it.</summary>
    public async Task<bool> StoreAsync(string instance, ReportCall call, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), patience, Patience, Timeout.InfiniteTimeSpan);
        var stored = 0;
        try
        {
            await storage.Ready.WaitAsync(patience.Token);
            await storage.EnsureThisHomeAsync(patience.Token);
            for (var start = 0; start < call.Items.Length; start += Window)
            {
                var end = Math.Min(start + Window, call.Items.Length);
                var acknowledgements = new Task[end - start];
                for (var i = start; i < end; i++)
                {
                    acknowledgements[i - start] = StoreAsync(instance, call.Items[i], patience.Token);
                }

                // In order: the client may forget what came before only when all of it is there.
                await Task.WhenAll(acknowledgements);
                stored = end;
            }
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            LogNotStored(call.From, e.Message);
            return false;
        }
        finally
        {
            metrics.Reported(stored, call.Rejected.Length);
        }

        return true;
    }

    private async Task StoreAsync(string instance, ReportItem item, CancellationToken cancellationToken)
    {
        var subjects = storage.Subjects.Events;
        var acknowledgement = await storage.JetStream.PublishAsync(
            item.IsSystem ? subjects.System(item.Domain) : subjects.StateChanged(item.Domain, item.ObjectId),
            item.Payload,
            serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
            opts: new NatsJSPubOpts { MsgId = $"{instance}:{item.Number}" },
            cancellationToken: cancellationToken);
        // A duplicate is a success: it is stored already.
        if (acknowledgement.Error is { } error)
        {
            throw new NatsJSApiException(error);
        }
    }

    [LoggerMessage(3020, LogLevel.Warning, "Home Assistant's events from number {From} on were not stored: {Reason}")]
    private partial void LogNotStored(long from, string reason);
}
