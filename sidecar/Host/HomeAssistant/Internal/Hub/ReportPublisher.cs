using HaNatsBridge.Contract.Protocol;
using HaNatsBridge.Host.HomeAssistant.Internal.Frames;
using HaNatsBridge.Host.Storage;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace HaNatsBridge.Host.HomeAssistant.Internal.Hub;

/// <summary>
/// Puts Home Assistant's own events on <c>home.events.…</c> and waits for JetStream's acknowledgements. The message id
/// <c>{instance}:{number}</c> makes what is reported again after a lost answer be stored once.
/// </summary>
internal sealed partial class ReportPublisher(
    IHomeStorage storage, FeedMetrics metrics, TimeProvider time, ILogger<ReportPublisher> log)
{
    /// <summary>
    /// How many acknowledgements are waited for at once: enough to hide the round trip, few enough not to hold up devices.
    /// </summary>
    private const int Window = 128;

    /// <summary>The stream itself takes less than the server (JSStreamMessageExceedsMaximumErr).</summary>
    private const int MessageTooLarge = 10054;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Stores all of it; null when that cannot be done now. An item that no retry can store (larger than the server takes) joins
    /// the rejected of the call that is returned: it must not hold up those behind it for ever.
    /// </summary>
    public async Task<ReportCall?> StoreAsync(string instance, ReportCall call, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        var rejected = new List<RejectedItem>(call.Rejected);
        var stored = 0;
        try
        {
            await storage.Ready.WaitAsync(patience.Token);
            await storage.EnsureThisHomeAsync(patience.Token);
            for (var start = 0; start < call.Items.Length; start += Window)
            {
                var end = Math.Min(start + Window, call.Items.Length);
                var acknowledgements = new Task<Stored>[end - start];
                for (var i = start; i < end; i++)
                {
                    acknowledgements[i - start] = StoreAsync(instance, call.Items[i], patience.Token);
                }

                // In order: the client may forget what came before only when all of it is there.
                foreach (var (item, outcome) in call.Items.Skip(start).Zip(await Task.WhenAll(acknowledgements)))
                {
                    stored += outcome == Stored.Now ? 1 : 0;
                    if (outcome == Stored.Never)
                    {
                        rejected.Add(new RejectedItem(item.Number, "it is larger than the NATS server takes (max_payload)"));
                    }
                }
            }
        }
        catch (Exception e) when (e is NatsException or OperationCanceledException)
        {
            LogNotStored(call.From, e.Message);
            return null;
        }

        // Only here: a batch that is reported again is not counted again.
        metrics.Reported(stored, rejected.Count);
        return call with { Rejected = [.. rejected.OrderBy(item => item.Number)] };
    }

    private async Task<Stored> StoreAsync(string instance, ReportItem item, CancellationToken cancellationToken)
    {
        var subjects = storage.Subjects.Events;
        try
        {
            var acknowledgement = await storage.JetStream.PublishAsync(
                item.IsSystem ? subjects.System(item.Domain) : subjects.StateChanged(item.Domain, item.ObjectId),
                item.Payload,
                serializer: NatsRawSerializer<ReadOnlyMemory<byte>>.Default,
                opts: new NatsJSPubOpts { MsgId = $"{instance}:{item.Number}" },
                cancellationToken: cancellationToken);
            return acknowledgement.Error switch
            {
                { ErrCode: MessageTooLarge } => Stored.Never,
                { } error => throw new NatsJSApiException(error),
                _ => acknowledgement.Duplicate ? Stored.Before : Stored.Now,
            };
        }
        catch (NatsPayloadTooLargeException)
        {
            return Stored.Never;
        }
    }

    private enum Stored
    {
        Now,
        Before,
        Never,
    }

    [LoggerMessage(6020, LogLevel.Warning, "Home Assistant's events from number {From} on were not stored: {Reason}")]
    private partial void LogNotStored(long from, string reason);
}
