using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Conformance;

/// <summary>ADR-40, "Client Statistics": as counters with the official client's names. Connections are told by events, not counted.</summary>
[CancelAfter(45_000)]
[NonParallelizable]
public sealed class Adr40StatisticsRules
{
    [Test]
    [Rule("ADR-40", "Client Statistics")]
    public async Task Bytes_and_messages_in_and_out_are_counted_over_all_connections(CancellationToken token)
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
        await using var server = new WireServer();
        await using var nats = server.Client();
        for (var connection = 1; connection <= 2; connection++)
        {
            await using var sub = await nats.SubscribeCoreAsync<string>("in", cancellationToken: token);
            await nats.PublishAsync("out", "abc", cancellationToken: token);
            await nats.PingAsync(token);
            await server.SayAsync($"MSG in {connection} 2\r\nok\r\n", token);
            await sub.Msgs.ReadAsync(token);
            await nats.ReconnectAsync();
        }

        await Eventually.TrueAsync(() => counts.GetValueOrDefault("nats.client.received.messages") == 2, "two messages in");
        counts["nats.client.sent.messages"].ShouldBe(2);
        counts["nats.client.sent.bytes"].ShouldBeGreaterThanOrEqualTo(2 * "SUB in 1\r\nPUB out 3\r\nabc\r\n".Length);
        counts["nats.client.received.bytes"].ShouldBeGreaterThanOrEqualTo(2 * "MSG in 1 2\r\nok\r\n".Length);
        counts.ShouldContainKey("nats.client.subscription.count");
        await Eventually.TrueAsync(() => counts["nats.client.pending.messages"] == 0, "what waited for the socket has gone");
    }
}
