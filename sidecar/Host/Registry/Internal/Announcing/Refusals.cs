using System.Buffers;
using System.Collections.Immutable;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry.Internal.Budgets;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal.Announcing;

/// <summary>
/// What follows from an announcement: the reply to the device, the record in HOME_DLQ, the repair for a person, the count.
/// </summary>
internal sealed partial class Refusals(
    RejectedAnnouncements records, RejectionRepairs repairs, NamelessRefusals nameless, EntityBudgets budgets,
    RegistryMetrics metrics, ILogger<Refusals> log)
{
    /// <summary>The announcement is refused as a whole: it is wrong.</summary>
    /// <param name="message">The announcement.</param>
    /// <param name="result">Why.</param>
    /// <param name="id">Whose; null: it does not say.</param>
    /// <param name="cancellationToken">Ends the reply.</param>
    public ValueTask RefuseAsync(
        NatsMsg<byte[]> message, AnnouncementResult result, DeviceId? id, CancellationToken cancellationToken)
    {
        metrics.Rejected();
        repairs.Refused(id, result, message.Data);
        if (result.Named is null && id is null && message.ReplyTo is null)
        {
            nameless.Add(message.Subject, ProblemText.Of(result.Errors, message.Data), records.Stream);
        }

        LogRefused(message.Subject, result.Errors[0].Path, result.Errors[0].Code, result.Errors[0].Message);
        return RecordAsync(message, result, cancellationToken);
    }

    /// <summary>The announcement cannot be stored now: the device tries again.</summary>
    public ValueTask NotStoredAsync(NatsMsg<byte[]> message, string why, CancellationToken cancellationToken)
    {
        metrics.NotStored();
        return RecordAsync(message, AnnouncementResult.Refused("", AnnounceCodes.NotStored, why), cancellationToken);
    }

    /// <summary>
    /// There is no room for the announcement: the device tries again. Who has no reply subject finds it on record.
    /// </summary>
    public ValueTask TooManyAsync(NatsMsg<byte[]> message, CancellationToken cancellationToken)
    {
        metrics.NotStored();
        var refused = AnnouncementResult.Refused("", AnnounceCodes.NotStored, "too many announcements at once: try again");
        return message.ReplyTo is null
            ? RecordAsync(message, refused, cancellationToken)
            : ReplyAsync(message, refused, null, cancellationToken);
    }

    /// <summary>The announcement was accepted, perhaps without some of its entities.</summary>
    public ValueTask AcceptAsync(
        NatsMsg<byte[]> message, AnnouncementResult result, DeviceDescription device, ulong revision,
        IEnumerable<ContractError> warnings, CancellationToken cancellationToken)
    {
        repairs.Accepted(device, result, message.Data);
        budgets.Forget(device.Id);
        if (!result.Errors.IsEmpty)
        {
            records.Add(result, message.Subject, message.Data, message.ReplyTo is not null);
        }

        return ReplyAsync(message, result with { Warnings = [.. result.Warnings, .. warnings] }, revision, cancellationToken);
    }

    /// <summary>The device was removed, or another sidecar answered it: there is nothing to repair here.</summary>
    public void Clear(DeviceId id)
    {
        repairs.Clear(id);
        budgets.Forget(id);
    }

    private ValueTask RecordAsync(NatsMsg<byte[]> message, AnnouncementResult result, CancellationToken cancellationToken)
    {
        records.Add(result, message.Subject, message.Data, message.ReplyTo is not null);
        return ReplyAsync(message, result, null, cancellationToken);
    }

    private static ValueTask ReplyAsync(
        NatsMsg<byte[]> message, AnnouncementResult result, ulong? revision, CancellationToken cancellationToken)
    {
        if (message.ReplyTo is null)
        {
            return ValueTask.CompletedTask;
        }

        var buffer = new ArrayBufferWriter<byte>();
        AnnounceReply.Write(buffer, result, revision);
        return message.ReplyAsync(
            buffer.WrittenSpan.ToArray(), serializer: NatsRawSerializer<byte[]>.Default, cancellationToken: cancellationToken);
    }

    [LoggerMessage(3402, LogLevel.Debug, "An announcement on {Subject} was refused: {Path} {Code} {Reason}")]
    private partial void LogRefused(string subject, string path, string code, string reason);
}
