using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Host.Tests.Storage.Support;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Storage;

/// <summary>The streams that devices publish into: what the server does for them, and what it must not do.</summary>
[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class DeviceStreamTests(NatsServerVersion version)
{
    private const string State = "home.devices.climate.hall.state";
    private const int MaxStateBytes = 64 * 1024;

    private static readonly string[] FromDevices = ["HOME_TELEMETRY", "HOME_IMAGES", "HOME_DEVICE_EVENTS"];

    private NatsServerProcess _server = null!;
    private TempFolder _folder = null!;
    private StorageParts _parts = null!;
    private NatsConnection _device = null!;

    private INatsJSContext JetStream => _parts.JetStream;

    [SetUp]
    public async Task SetUp()
    {
        _server = await HomeServer.StartAsync(version);
        _folder = new TempFolder();
        _parts = await StorageParts.OpenAsync(_server.Url, "home", _folder);
        _device = new NatsConnection(new NatsOpts
        {
            Url = _server.Url, AuthOpts = new NatsAuthOpts { Username = "climate.hall", Password = "device" },
        });
    }

    [TearDown]
    public async Task TearDown()
    {
        await _device.DisposeAsync();
        await _parts.DisposeAsync();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task The_server_acknowledges_nothing_that_devices_publish()
    {
        await _parts.EnsureAsync();
        foreach (var name in FromDevices)
        {
            var config = (await JetStream.GetStreamAsync(name)).Info.Config;
            config.NoAck.ShouldBeTrue(name);
            config.DuplicateWindow.ShouldBe(StorageDeclarations.ShortestDuplicateWindow, name);
        }

        foreach (var name in new[] { "HOME_EVENTS", "HOME_AUDIT", "HOME_DLQ", "KV_home_devices", "KV_home_bridge" })
        {
            (await JetStream.GetStreamAsync(name)).Info.Config.NoAck.ShouldBeFalse(name);
        }
    }

    [Test]
    public async Task Streams_of_an_earlier_release_are_corrected_and_keep_what_they_have()
    {
        var telemetry = new StreamConfig(
            "HOME_TELEMETRY",
            ["home.devices.*.*.state", "home.devices.*.*.state.*", "home.devices.*.*.health"])
        {
            AllowDirect = true, AllowRollupHdrs = true, MaxBytes = 1_000_000,
        };
        await JetStream.CreateStreamAsync(telemetry);
        await JetStream.CreateStreamAsync(new StreamConfig
        {
            Name = "HOME_STATE", Sources = [new StreamSource { Name = "HOME_TELEMETRY" }], MaxMsgsPerSubject = 1, MaxMsgSize = 1000,
        });
        (await JetStream.PublishAsync(State, "21.5")).EnsureSuccess();

        await _parts.EnsureAsync();

        var now = (await JetStream.GetStreamAsync("HOME_TELEMETRY")).Info;
        now.State.Messages.ShouldBe(1);
        now.Config.NoAck.ShouldBeTrue();
        now.Config.AllowRollupHdrs.ShouldBeFalse("a device could empty the stream with a header");
        now.Config.MaxMsgSize.ShouldBe(MaxStateBytes);
        var states = (await JetStream.GetStreamAsync("HOME_STATE")).Info.Config;
        states.MaxMsgSize.ShouldBe(-1, "what is too large for it would stop the copying");
        states.Discard.ShouldBe(StreamConfigDiscard.New);
    }

    /// <summary>The server writes an acknowledgement where the publisher wants it, whatever the publisher's own rights are.</summary>
    [TestCase("$JS.API.STREAM.PURGE.KV_home_devices")]
    [TestCase("$JS.API.STREAM.DELETE.HOME_STATE")]
    [TestCase("$KV.home_devices.lock.front")]
    [TestCase("$KV.home_leases.availability")]
    [TestCase("$KV.home_bridge.bridge_id")]
    [TestCase("home.devices.lock.front.state")]
    [TestCase("home.devices.lock.front.set")]
    [TestCase("home.discovery.remove.lock.front")]
    [TestCase("_INBOX.lock.front.1")]
    public async Task Nothing_happens_on_the_reply_subject_that_a_device_names(string reply)
    {
        await _parts.EnsureAsync();
        var devices = _parts.Storage.Bucket("home_devices");
        await devices.PutAsync("lock.front", "description");
        await using var witness = await _parts.JetStream.Connection.SubscribeCoreAsync<string>(reply);
        await _parts.JetStream.Connection.PingAsync();
        foreach (var subject in new[] { State, State + ".x", "image.x", "event.x", "past.x", "health" })
        {
            var full = subject.StartsWith("home", StringComparison.Ordinal) ? subject : $"home.devices.climate.hall.{subject}";
            await _device.PublishAsync(full, "{}", replyTo: reply);
            await _device.PublishAsync(full, new byte[MaxStateBytes + 1], replyTo: reply);
            var expects = new NatsHeaders { ["Nats-Expected-Last-Sequence"] = "999" };
            await _device.PublishAsync(full, "{}", expects, replyTo: reply);
        }

        await _device.PingAsync();
        await Eventually.TrueAsync(
            async () => (await JetStream.GetStreamAsync("HOME_DEVICE_EVENTS")).Info.State.Messages >= 2
                && (await JetStream.GetStreamAsync("HOME_STATE")).Info.State.Messages == 3,
            "what may be stored is stored");
        (await devices.GetEntryAsync<string>("lock.front")).Value.ShouldBe("description");
        witness.Msgs.TryRead(out _).ShouldBeFalse("the server publishes nothing there");
    }

    [Test]
    public async Task A_state_above_64_KiB_is_not_stored_and_stops_nothing()
    {
        await _parts.EnsureAsync();
        await _device.PublishAsync(State + ".large", new byte[MaxStateBytes + 1]);
        await _device.PublishAsync(State + ".largest", new byte[MaxStateBytes]);
        await _device.PublishAsync(State + ".small", "1");
        var kept = await JetStream.GetStreamAsync("HOME_STATE");
        await Eventually.TrueAsync(
            async () =>
            {
                kept = await JetStream.GetStreamAsync("HOME_STATE", new StreamInfoRequest { SubjectsFilter = ">" });
                return kept.Info.State.Subjects is { Count: 2 } subjects
                    && subjects.ContainsKey(State + ".largest") && subjects.ContainsKey(State + ".small");
            },
            "the others are copied");
    }

    [Test]
    public async Task Two_devices_may_number_their_messages_alike()
    {
        await _parts.EnsureAsync();
        var headers = new NatsHeaders { ["Nats-Msg-Id"] = "press-1" };
        await _device.PublishAsync("home.devices.climate.hall.event.button", "press", headers);
        await _device.PingAsync();
        await Task.Delay(StorageDeclarations.ShortestDuplicateWindow * 3);
        await using var other = new NatsConnection(new NatsOpts { Url = _server.Url });
        await other.PublishAsync("home.devices.remote.desk.event.button", "press", headers);
        await Eventually.TrueAsync(
            async () => (await JetStream.GetStreamAsync("HOME_DEVICE_EVENTS")).Info.State.Messages == 2, "both are stored");
    }

    [Test]
    public async Task Acknowledgements_that_are_turned_on_while_the_sidecar_runs_are_turned_off_again()
    {
        await _parts.EnsureAsync();
        var telemetry = await JetStream.GetStreamAsync("HOME_TELEMETRY");
        await telemetry.UpdateAsync(telemetry.Info.Config with { NoAck = false });

        await _parts.LookAsync();

        await telemetry.RefreshAsync();
        telemetry.Info.Config.NoAck.ShouldBeTrue();
    }

    [TestCase("home.devices.*.*.set")]
    [TestCase("home.discovery.announce.>")]
    [TestCase("home.discovery.remove")]
    public async Task A_stream_that_captures_requests_is_a_repair_that_names_them(string captured)
    {
        await _parts.EnsureAsync();
        await JetStream.CreateStreamAsync(new StreamConfig("GREEDY", [captured]));
        await _parts.LookAsync();
        var repair = _parts.Repairs.Single(one => one.Key == "stream_on_set");
        repair.Placeholders["streams"].ShouldBe("GREEDY");
        repair.Placeholders["subject"].ShouldBe(captured.Replace(">", "*.*", StringComparison.Ordinal));
    }

    [Test]
    public async Task An_old_server_is_a_repair_that_says_what_is_missing()
    {
        await _parts.EnsureAsync();
        await _parts.LookAsync();
        var repair = _parts.Get<IRepairs>().Snapshot().SingleOrDefault(one => one.Key == "old_server");
        if (version == NatsServerVersion.Newest)
        {
            repair.ShouldBeNull();
            return;
        }

        repair.ShouldNotBeNull().Placeholders["version"].ShouldStartWith("2.9");
        repair.Placeholders["missing"].ShouldContain("two minutes");
    }
}
