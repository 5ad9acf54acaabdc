using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using HaNatsBridge.Host.Settings;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.HttpDevices;

/// <summary>Events and states of the home as requests to a program: the example of docs/http.md, run.</summary>
public sealed class OutgoingHookTests
{
    private const string Secret = "8d2f6b1c0a9e4f37";

    private const string Doorbell = """
        {"schema": 1, "type": "doorbell", "id": "front", "name": "Front", "entities": [
          {"key": "bell", "platform": "event", "event_types": ["ring"]},
          {"key": "level", "platform": "sensor", "unit_of_measurement": "dB"}]}
        """;

    private TempFolder _temp = null!;
    private WebServer _program = null!;

    [SetUp]
    public async Task SetUp()
    {
        _temp = new TempFolder();
        _program = await WebServer.StartAsync();
    }

    [TearDown]
    public async Task TearDown()
    {
        await _program.DisposeAsync();
        _temp.Dispose();
    }

    [Test]
    public async Task What_happens_is_sent_signed_tried_again_and_at_last_recorded()
    {
        var seen = new ConcurrentQueue<(JsonElement Body, bool IsSigned)>();
        var failures = 2;
        _program.Handle = async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var mac = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), body.ToArray()));
            seen.Enqueue((JsonElement.Parse(Encoding.UTF8.GetString(body.ToArray())), context.Request.Headers["X-Bridge-Signature"] == mac));
            context.Response.StatusCode = failures == 0 ? 200 : failures < 0 ? 400 : 503;
            failures -= failures > 0 ? 1 : 0;
        };
        var yaml = DocExamples.Yaml("http.md")[2].Replace("192.168.1.60", _program.Address, StringComparison.Ordinal);
        await using var home = await ConfiguredHome.StartAsync(_temp, yaml);
        using var announcement = new StringContent(Doorbell);
        (await home.Web.PostAsync("/api/announce", announcement)).EnsureSuccessStatusCode();
        await home.DeviceAsync("doorbell.front");
        await using var device = home.Client();

        // Until the sidecar sends: the lease may not be held yet.
        var number = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                await device.PublishAsync("home.devices.doorbell.front.state.level", $"{++number}");
                await Task.Delay(100);
                return !seen.IsEmpty;
            },
            "something is sent");
        await Eventually.TrueAsync(() => failures == 0 && seen.Count >= 3, "it is tried again");
        var first = seen.First();
        seen.Take(3).Select(one => one.Body.GetRawText()).Distinct().Count().ShouldBe(1, "the same message three times");
        seen.ShouldAllBe(one => one.IsSigned);
        first.Body.GetProperty("kind").GetString().ShouldBe("state");
        first.Body.GetProperty("entity").GetString().ShouldBe("doorbell.front.level");

        await device.PublishAsync("home.devices.doorbell.front.event.bell", "ring");
        await Eventually.TrueAsync(
            () => seen.Any(one => one.Body.TryGetProperty("event_type", out var type) && type.GetString() == "ring"), "the event");

        failures = -1;
        await device.PublishAsync("home.devices.doorbell.front.event.bell", """{"event_type": "ring", "code": 1}""");
        var storage = home.Get<IHomeStorage>();
        await Eventually.TrueAsync(
            async () =>
            {
                var stream = await storage.JetStream.GetStreamAsync(storage.Names.DlqStream);
                return stream.Info.State.Messages > 0;
            },
            "the record");
        var dlq = await storage.JetStream.GetStreamAsync(storage.Names.DlqStream);
        var record = await dlq.GetAsync(new StreamMsgGetRequest { LastBySubj = "home.dlq.webhook" });
        var text = Encoding.UTF8.GetString(record.Message.Data.Span);
        text.ShouldContain("\"error\":\"HTTP 400\"");
        text.ShouldContain("\"attempts\":1");
        text.ShouldNotContain(Secret);
    }

    [TestCase("- send: events", "url is missing")]
    [TestCase("- url: http://x/\n  send: all", "line 3: webhooks_out[0].send: write one of events, states")]
    [TestCase("- url: http://x/\n  entities: [a.b]", "line 3: webhooks_out[0].entities[0]: write type.id.key")]
    [TestCase("- url: http://x/\n  attempts: 99", "write a whole number from 1 to 10")]
    [TestCase("- url: http://x/\n  retries: 1", "there is no such setting")]
    public void A_mistake_names_the_line_and_the_path(string entries, string message) =>
        Should.Throw<SettingsException>(() => ConfiguredHome.Read(_temp, $"webhooks_out:\n{entries}\n")).Message.ShouldContain(message);
}
