using System.Text.Json;
using HaNatsBridge.Host.Link;
using HaNatsBridge.Host.Registry.Internal;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

/// <summary>What finds no room in a subscription's buffer.</summary>
public sealed class DroppedMessagesTests() : RegistryTest(NatsServerVersion.Newest)
{
    [Test]
    public async Task An_announcement_that_finds_no_room_is_counted_and_answered_so_that_its_sender_tries_again()
    {
        var device = await DeviceAsync(Hall);
        var link = Sidecar.Get<HaNatsBridge.Host.Link.IHomeLink>();
        using var end = new CancellationTokenSource();
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handling = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        // A reader that hangs, on a subject that only this test uses; the sidecar hears of every buffer on its connection.
        var running = new Subscriptions(TimeProvider.System).RunAsync<byte[]>(
            link.Home,
            "home.discovery.remove.climate.hall.test",
            null,
            capacity: 1,
            _ =>
            {
                handling.TrySetResult();
                return new ValueTask(stuck.Task);
            },
            NullLogger.Instance,
            end.Token);
        await Eventually.TrueAsync(
            async () =>
            {
                await device.Connection.PublishAsync("home.discovery.remove.climate.hall.test");
                return handling.Task.IsCompleted;
            },
            "the reader hangs");
        var before = Sidecar.Get<RegistryMetrics>().DroppedCount;

        // The next one takes its place.
        var request = device.Connection.RequestAsync<byte[], byte[]>(
            "home.discovery.remove.climate.hall.test", [],
            replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(20) }).AsTask();
        await Eventually.TrueAsync(
            async () =>
            {
                await device.Connection.PublishAsync("home.discovery.remove.climate.hall.test");
                return request.IsCompleted;
            },
            "answered");

        var refusal = JsonElement.Parse((await request).Data!);
        refusal.GetProperty("ok").GetBoolean().ShouldBeFalse();
        refusal.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("NOT_STORED");
        Sidecar.Get<RegistryMetrics>().DroppedCount.ShouldBeGreaterThan(before);
        stuck.SetResult();
        await end.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(10));
    }
}
