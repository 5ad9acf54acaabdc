using System.Buffers;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Timing;
using NATS.Client.Core;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// What did not find room in a subscription's buffer: counted, logged once a minute, and an announcement or removal is answered
/// NOT_STORED at once, so that its sender need not wait for its timeout before it tries again (docs/devices.md, "Announce"). In a
/// storm that even these answers cannot follow, the timeout remains.
/// </summary>
internal sealed partial class DroppedMessages(
    IHomeLink link, IHomeStorage storage, Replies replies, RegistryMetrics metrics, TimeProvider time,
    ILogger<DroppedMessages> log) : IHostedService
{
    private readonly LogPause _pause = new(time);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        link.Home.MessageDropped += OnDroppedAsync;
        if (link.System is { } system)
        {
            system.MessageDropped += OnDroppedAsync;
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        link.Home.MessageDropped -= OnDroppedAsync;
        if (link.System is { } system)
        {
            system.MessageDropped -= OnDroppedAsync;
        }

        return Task.CompletedTask;
    }

    private async ValueTask OnDroppedAsync(object? sender, NatsMessageDroppedEventArgs dropped)
    {
        metrics.Dropped();
        if (_pause.TryPass())
        {
            LogDropped(dropped.Subject, dropped.Pending, metrics.DroppedCount);
        }

        if (dropped.ReplyTo is not { } reply || !ReferenceEquals(sender, link.Home) || !IsRequestOfADevice(dropped.Subject)
            || !replies.MayAnswer(dropped.Subject, reply))
        {
            return;
        }

        var refused = new ArrayBufferWriter<byte>();
        AnnounceReply.WriteRefused(refused, "", AnnounceCodes.NotStored, "too many requests at once: try again");
        await link.Home.PublishAsync(reply, refused.WrittenSpan.ToArray(), serializer: NatsRawSerializer<byte[]>.Default);
    }

    private bool IsRequestOfADevice(string subject)
    {
        var subjects = storage.Subjects;
        return IsUnder(subject, subjects.Announce) || IsUnder(subject, subjects.Remove);
    }

    private static bool IsUnder(string subject, string parent) =>
        subject.StartsWith(parent, StringComparison.Ordinal)
            && (subject.Length == parent.Length || subject[parent.Length] == '.');

    [LoggerMessage(3010, LogLevel.Warning,
        "A message on {Subject} was dropped: {Pending} waited already. "
        + "{Count} were dropped since the start (logged once a minute at most)")]
    private partial void LogDropped(string subject, int pending, long count);
}
