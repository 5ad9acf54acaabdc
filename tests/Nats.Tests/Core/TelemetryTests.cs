using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>Names and units as in the official client (its Telemetry and NatsMetrics).</summary>
[TestFixture(NatsServerVersion.Newest)]
[CancelAfter(60_000)]
[NonParallelizable]
public sealed class TelemetryTests(NatsServerVersion version) : CoreTest(version)
{
    [Test]
    public async Task A_trace_goes_from_the_publisher_to_the_receiver_and_the_callers_headers_stay_as_they_are(CancellationToken token)
    {
        var activities = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "NATS.Net",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>("traced.*", cancellationToken: token);
        var headers = new NatsHeaders { ["Mine"] = "1" };
        await nats.PublishAsync("traced.one", 1, headers, cancellationToken: token);
        await sub.Msgs.ReadAsync(token);
        headers.Count.ShouldBe(1);
        await Eventually.TrueAsync(() => activities.Count(x => Equals(x.GetTagItem("messaging.destination.name"), "traced.one")) == 2, "two spans");
        var send = activities.Single(static x => x.Kind == ActivityKind.Producer && Equals(x.GetTagItem("messaging.destination.name"), "traced.one"));
        var receive = activities.Single(static x => x.Kind == ActivityKind.Consumer && Equals(x.GetTagItem("messaging.destination.name"), "traced.one"));
        receive.TraceId.ShouldBe(send.TraceId);
        receive.ParentSpanId.ShouldBe(send.SpanId);
        send.GetTagItem("messaging.system").ShouldBe("nats");
        receive.GetTagItem("messaging.destination.template").ShouldBe("traced.*");
        receive.GetTagItem("messaging.destination.temporary").ShouldBe("false");
    }

    [TestCase("home.devices.light.hall.set", "home.devices request")]
    [TestCase("one", "one request")]
    [TestCase("one.two", "one.two request")]
    public async Task Spans_are_named_after_the_first_two_tokens_and_replies_after_the_inbox(string subject, string name, CancellationToken token)
    {
        var names = new ConcurrentQueue<(ActivityKind Kind, string Name)>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "NATS.Net",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => names.Enqueue((activity.Kind, activity.DisplayName)),
        };
        ActivitySource.AddActivityListener(listener);
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>(subject, cancellationToken: token);
        var answering = Task.Run(async () => await (await sub.Msgs.ReadAsync(token)).ReplyAsync(2, cancellationToken: token), token);
        (await nats.RequestAsync<int, int>(subject, 1, cancellationToken: token)).Data.ShouldBe(2);
        await answering;
        names.ShouldContain((ActivityKind.Producer, name));
        names.ShouldContain((ActivityKind.Consumer, "inbox receive"));
    }

    [Test]
    public async Task Counters_count_messages_and_bytes(CancellationToken token)
    {
        var counts = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "NATS.Client")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counts.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        listener.Start();
        var nats = Connect();
        await using var sub = await nats.SubscribeCoreAsync<int>("counted", cancellationToken: token);
        await nats.PublishAsync("counted", 1, cancellationToken: token);
        await sub.Msgs.ReadAsync(token);
        await nats.PingAsync(token);
        counts["nats.client.sent.messages"].ShouldBeGreaterThanOrEqualTo(1);
        counts["nats.client.received.messages"].ShouldBeGreaterThanOrEqualTo(1);
        counts["nats.client.sent.bytes"].ShouldBeGreaterThanOrEqualTo(20);
        counts["nats.client.received.bytes"].ShouldBeGreaterThanOrEqualTo(20);
        counts.ShouldContainKey("nats.client.subscription.count");
        await Eventually.TrueAsync(() => counts["nats.client.pending.messages"] == 0, "what waited for the socket has gone");
    }
}
