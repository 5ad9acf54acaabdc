using System.Collections.Concurrent;
using System.Diagnostics;
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
        await Eventually.TrueAsync(() => names.Contains((ActivityKind.Producer, name)) && names.Contains((ActivityKind.Consumer, "inbox receive")), "both spans");
    }
}
