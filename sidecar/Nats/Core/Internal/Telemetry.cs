using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace NATS.Client.Core.Internal;

/// <summary>
/// Traces (ActivitySource <c>NATS.Net</c>) and counters (Meter <c>NATS.Client</c>), named as in the official client; trace context travels in the W3C headers
/// <c>traceparent</c> and <c>tracestate</c>. Sources and meters are made to be static; nothing else here is.
/// </summary>
internal static class Telemetry
{
    public const string SourceName = "NATS.Net";
    public const string MeterName = "NATS.Client";

    private static readonly ActivitySource Activities = new(SourceName);
    private static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> Subscriptions =
        Meter.CreateCounter<long>("nats.client.subscription.count", "{subscriptions}", "Number of subscriptions");

    public static readonly Counter<long> SentBytes = Meter.CreateCounter<long>("nats.client.sent.bytes", "bytes", "Number of bytes sent");

    public static readonly Counter<long> ReceivedBytes = Meter.CreateCounter<long>("nats.client.received.bytes", "bytes", "Number of bytes received");

    public static readonly Counter<long> SentMessages = Meter.CreateCounter<long>("nats.client.sent.messages", "messages", "Number of messages sent");

    public static readonly Counter<long> ReceivedMessages =
        Meter.CreateCounter<long>("nats.client.received.messages", "messages", "Number of messages received");

    /// <summary>Publishes that wait for the socket: goes up and down, though the official client calls it a counter.</summary>
    public static readonly Counter<long> PendingMessages =
        Meter.CreateCounter<long>("nats.client.pending.messages", "messages", "Number of pending messages");

    /// <summary>Asks first, because most processes have no listener, and to be told so by <c>Add</c> costs each message a call.</summary>
    public static void Count(Counter<long> counter, long by)
    {
        if (counter.Enabled)
        {
            counter.Add(by);
        }
    }

    public static bool HasListeners() => Activities.HasListeners();

    /// <summary>Starts the span of a publish or a request and writes its context into <paramref name="headers"/> (a copy of the caller's).</summary>
    public static Activity? StartSend(INatsConnection connection, string operation, string subject, string? replyTo, ref NatsHeaders? headers)
    {
        var activity = Activities.StartActivity($"{SpanName(connection, subject)} {operation}", ActivityKind.Producer);
        if (activity is null)
        {
            return null;
        }

        AddTags(activity, connection, "publish", subject, replyTo);
        var copy = headers?.Copy() ?? new NatsHeaders(2);
        DistributedContextPropagator.Current.Inject(
            activity, copy, static (carrier, name, value) => ((NatsHeaders)carrier!).SetOverrideReadOnly(name, value));
        headers = copy;
        return activity;
    }

    /// <summary>A received message starts and ends its span here; it hangs below the sender's, and is found at <c>headers.Activity</c>.</summary>
    public static void StartReceive(
        INatsConnection connection, string subscription, string? queueGroup, string subject, string? replyTo, long bodySize, long size, ref NatsHeaders? headers)
    {
        var parent = default(ActivityContext);
        if (headers is not null && headers.TryGetLastValue("traceparent", out var traceParent))
        {
            headers.TryGetLastValue("tracestate", out var traceState);
            ActivityContext.TryParse(traceParent, traceState, isRemote: true, out parent);
        }

        using var activity = Activities.StartActivity($"{SpanName(connection, subscription)} receive", ActivityKind.Consumer, parent);
        if (activity is null)
        {
            return;
        }

        AddTags(activity, connection, "receive", subject, replyTo);
        activity.SetTag("messaging.destination.template", subscription);
        activity.SetTag("messaging.destination.temporary", IsInbox(connection, subscription) ? "true" : "false");
        activity.SetTag("messaging.destination_publish.name", subject);
        activity.SetTag("messaging.nats.message.subject", subject);
        activity.SetTag("messaging.message.body.size", bodySize.ToString(CultureInfo.InvariantCulture));
        activity.SetTag("messaging.message.envelope.size", size.ToString(CultureInfo.InvariantCulture));
        if (queueGroup is not null)
        {
            activity.SetTag("messaging.consumer.group.name", queueGroup);
        }

        headers ??= new NatsHeaders();
        headers.Activity = activity;
    }

    public static void SetError(Activity? activity, Exception exception)
    {
        activity?.AddException(exception);
        activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
    }

    /// <summary>The first two tokens, as the official client has it: names of spans are to be few, and every device has subjects of its own.</summary>
    private static string SpanName(INatsConnection connection, string subject)
    {
        if (IsInbox(connection, subject))
        {
            return "inbox";
        }

        var first = subject.IndexOf('.', StringComparison.Ordinal);
        var second = first < 0 ? -1 : subject.IndexOf('.', first + 1);
        return second < 0 ? subject : subject[..second];
    }

    private static bool IsInbox(INatsConnection connection, string subject) => subject.StartsWith(connection.Opts.InboxPrefix, StringComparison.Ordinal);

    private static void AddTags(Activity activity, INatsConnection connection, string operation, string subject, string? replyTo)
    {
        if (!activity.IsAllDataRequested)
        {
            return;
        }

        activity.SetTag("messaging.system", "nats");
        activity.SetTag("messaging.operation", operation);
        activity.SetTag("messaging.destination.name", subject);
        if (connection.ServerInfo is { } server)
        {
            var port = server.Port.ToString(CultureInfo.InvariantCulture);
            activity.SetTag("messaging.client_id", server.ClientId.ToString(CultureInfo.InvariantCulture));
            activity.SetTag("server.address", server.Host);
            activity.SetTag("server.port", port);
            activity.SetTag("network.protocol.name", "nats");
            activity.SetTag("network.transport", "tcp");
            activity.SetTag("network.peer.address", server.Host);
            activity.SetTag("network.peer.port", port);
            activity.SetTag("network.local.address", server.ClientIp);
        }

        if (replyTo is not null)
        {
            activity.SetTag("messaging.nats.message.reply_to", replyTo);
        }
    }
}
