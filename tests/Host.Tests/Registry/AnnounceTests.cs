using System.Text;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Storage;
using HaNatsBridge.Host.Tests.Registry.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Registry;

[TestFixture(NatsServerVersion.Oldest)]
[TestFixture(NatsServerVersion.Newest)]
public sealed class AnnounceTests(NatsServerVersion version)
{
    private static readonly DeviceId Hall = new("climate", "hall");
    private NatsServerProcess _server = null!;
    private TestSidecar _sidecar = null!;
    private TestDevice _device = null!;

    [SetUp]
    public async Task Start()
    {
        _server = await HomeServer.StartAsync(version);
        _sidecar = await TestSidecar.StartAsync(_server.Url);
        _device = await TestDevice.ConnectAsync(_server.Url, Hall);
        await AnsweringAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        await _device.DisposeAsync();
        await _sidecar.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task An_announced_device_is_registered_stored_and_online()
    {
        var reply = await _device.AnnounceAsync();

        reply.GetProperty("ok").GetBoolean().ShouldBeTrue();
        var revision = reply.GetProperty("revision").GetUInt64();
        _sidecar.Registry.TryGet(Hall, out var device).ShouldBeTrue();
        device!.Revision.ShouldBe(revision);
        device.Description.Name.ShouldBe("Device climate.hall");
        var stored = await _sidecar.Storage.Bucket("home_devices").GetEntryAsync<byte[]>("climate.hall");
        stored.Revision.ShouldBe(revision);
        stored.Value.ShouldBe(device.Description.Json.ToArray());
        await OnlineAsync();
        _sidecar.Events.ShouldBe(["changed climate.hall", "online climate.hall"]);
        var availability = Encoding.UTF8.GetString(
            (await _sidecar.Storage.Bucket("home_availability").GetEntryAsync<byte[]>("climate.hall")).Value!);
        availability.ShouldContain("\"online\":true");
        availability.ShouldContain("\"why\":\"announced\"");
    }

    [Test]
    public async Task The_same_announcement_again_changes_nothing()
    {
        var first = await _device.AnnounceAsync();
        await OnlineAsync();
        var before = _sidecar.Events.Count;

        var again = await _device.AnnounceAsync();

        again.GetProperty("revision").GetUInt64().ShouldBe(first.GetProperty("revision").GetUInt64());
        _sidecar.Events.Count.ShouldBe(before);
    }

    private Task OnlineAsync() => Eventually.TrueAsync(() => _sidecar.Events.Contains($"online {Hall}"), "online");

    [Test]
    public async Task A_changed_announcement_replaces_the_old_one()
    {
        var first = await _device.AnnounceAsync();

        var second = await _device.AnnounceAsync(new { name = "Other", entities = new[] { TestDevice.Sensor("humidity") } });

        second.GetProperty("revision").GetUInt64().ShouldBeGreaterThan(first.GetProperty("revision").GetUInt64());
        _sidecar.Registry.TryGet(Hall, out var device).ShouldBeTrue();
        device!.Description.Name.ShouldBe("Other");
        device.Description.Entities.Select(e => e.Key).ShouldBe(["humidity"]);
    }

    [Test]
    public async Task A_credential_announces_on_its_own_subject_and_the_payload_must_agree()
    {
        await using var own = await TestDevice.ConnectAsync(_server.Url, Hall, "climate.hall");
        (await own.AnnounceAsync(subject: "home.discovery.announce.climate.hall")).GetProperty("ok").GetBoolean().ShouldBeTrue();

        var other = await own.AnnounceRawAsync(
            TestDevice.Describe(new DeviceId("climate", "attic")), "home.discovery.announce.climate.hall");

        other.GetProperty("ok").GetBoolean().ShouldBeFalse();
        other.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("UNAUTHORIZED");
        _sidecar.Registry.Count.ShouldBe(1);
    }

    [Test]
    public async Task A_bad_entity_is_left_out_and_its_siblings_live()
    {
        var reply = await _device.AnnounceAsync(
            new { entities = new[] { TestDevice.Sensor("good"), new { key = "bad", platform = "toaster" } } });

        reply.GetProperty("ok").GetBoolean().ShouldBeTrue();
        reply.GetProperty("accepted").GetInt32().ShouldBe(1);
        reply.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("UNKNOWN_PLATFORM");
    }

    [Test]
    public async Task A_refusal_without_a_reply_subject_is_stored_on_rejected()
    {
        await using var people = await _device.Connection.SubscribeCoreAsync<byte[]>("home.discovery.rejected");
        await _device.Connection.PingAsync();

        await _device.Connection.PublishAsync("home.discovery.announce", "{\"schema\":1,"u8.ToArray());

        var record = Encoding.UTF8.GetString((await people.Msgs.ReadAsync().AsTask().WaitAsync(Eventually.Deadline)).Data!);
        record.ShouldContain("INVALID_JSON");
        record.ShouldContain("home.discovery.announce");
        await Eventually.TrueAsync(async () => (await DlqAsync()) == 1, "stored in HOME_DLQ");
    }

    [Test]
    public async Task A_refusal_that_was_answered_is_stored_too()
    {
        (await _device.AnnounceRawAsync("[]"u8.ToArray())).GetProperty("ok").GetBoolean().ShouldBeFalse();

        await Eventually.TrueAsync(async () => (await DlqAsync()) == 1, "stored in HOME_DLQ");
    }

    [Test]
    public async Task An_oversized_announcement_is_refused_by_name_and_size()
    {
        var payload = new byte[513 * 1024];
        payload.AsSpan().Fill((byte)' ');
        TestDevice.Describe(Hall).CopyTo(payload, 0);

        var reply = await _device.AnnounceRawAsync(payload);

        reply.GetProperty("errors")[0].GetProperty("code").GetString().ShouldBe("TOO_LARGE");
        _sidecar.Registry.Count.ShouldBe(0);
    }

    [TestCase("*", "hall")]
    [TestCase("climate", ">")]
    [TestCase("climate", "a.b")]
    [TestCase("climate", "")]
    [TestCase("climate", "x y")]
    [TestCase("$KV", "home")]
    public async Task A_hostile_identity_is_refused_with_its_path(string type, string id)
    {
        var reply = await _device.AnnounceRawAsync(TestDevice.Describe(new DeviceId(type, id)));

        reply.GetProperty("ok").GetBoolean().ShouldBeFalse();
        reply.GetProperty("errors")[0].GetProperty("path").GetString().ShouldBe(Token.IsValid(type) ? "id" : "type");
        _sidecar.Registry.Count.ShouldBe(0);
    }

    [Test]
    public async Task Duplicate_keys_leave_one_entity_and_say_so()
    {
        var reply = await _device.AnnounceAsync(
            new { entities = new[] { TestDevice.Sensor("same"), TestDevice.Sensor("same") } });

        reply.GetRawText().ShouldContain("DUPLICATE_KEY");
        _sidecar.Registry.TryGet(Hall, out var device).ShouldBeTrue();
        device!.Description.Entities.Length.ShouldBe(1);
    }

    [Test]
    public async Task A_flood_of_bad_announcements_does_not_keep_a_good_one_out()
    {
        await using var hostile = await TestDevice.ConnectAsync(_server.Url, new DeviceId("bad", "one"), name: "hostile");
        var garbage = Encoding.UTF8.GetBytes("{\"schema\":1,\"type\":\"bad\",\"id\":\"" + new string('x', 2_000));
        using var stop = new CancellationTokenSource();
        var flood = FloodAsync(hostile.Connection, garbage, stop.Token);

        var reply = await _device.AnnounceUntilAcceptedAsync();

        await stop.CancelAsync();
        await flood;
        reply.ShouldBeTrue();
        (await DlqAsync()).ShouldBeLessThan(400);
    }

    private static async Task FloodAsync(NatsConnection connection, byte[] garbage, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            for (var i = 0; i < 100; i++)
            {
                await connection.PublishAsync("home.discovery.announce", garbage, cancellationToken: CancellationToken.None);
            }

            await connection.PingAsync(CancellationToken.None);
        }
    }

    private async Task<long> DlqAsync()
    {
        var stream = await _sidecar.Storage.JetStream.GetStreamAsync(_sidecar.Storage.Names.DlqStream);
        return (long)stream.Info.State.Messages;
    }

    private Task AnsweringAsync() => Eventually.TrueAsync(
        async () =>
        {
            try
            {
                await _device.Connection.RequestAsync<byte[], byte[]>(
                    "home.discovery.devices",
                    [],
                    replyOpts: new NatsSubOpts { Timeout = TimeSpan.FromSeconds(1), ThrowIfNoResponders = true });
                return true;
            }
            catch (NatsException)
            {
                return false;
            }
        },
        "the sidecar answers");
}
