using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Devices.Tests.Support;
using HaNatsBridge.Tests.Support;

namespace HaNatsBridge.Devices.Tests;

[TestFixture(NatsServerVersion.Newest)]
internal sealed class AnnouncingTests(NatsServerVersion version) : DeviceFixture(version)
{
    private const string NotStored = """{"ok":false,"errors":[{"path":"","code":"NOT_STORED","message":"full"}]}""";
    private const string Snapshot = "home.devices.lamp.desk.state";

    [Test]
    public async Task A_device_announces_itself_and_then_publishes_its_state()
    {
        await StartHomeAsync();
        var lamp = new Device(Lamp());
        await lamp.PublishStatesAsync(new { light = "off", power = 0 });
        Run(lamp);

        await Home.SeenAsync(Snapshot, """{"light":"off","power":0}""");
        Home.Subjects.First().ShouldBe("home.discovery.announce");
        AnnouncementReader.Read(System.Text.Encoding.UTF8.GetBytes(Home.Announcements.First().Payload)).Errors.ShouldBeEmpty();
        await Eventually.TrueAsync(() => lamp.LastReply is { Ok: true, Revision: 7 }, "the owner has the reply");
    }

    [Test]
    public async Task It_announces_itself_again_until_there_is_an_answer()
    {
        await StartHomeAsync(answers: false);
        var lamp = new Device(Lamp());
        await lamp.PublishStateAsync("power", 4);
        Run(lamp);

        // The state does not wait for a sidecar: the stream keeps it.
        await Home.SeenAsync("home.devices.lamp.desk.state.power", "4");
        await Home.AnswerAsync();
        await Home.SeenAsync("home.discovery.announce");
        await Home.SeenAsync("home.devices.lamp.desk.state.power", "4", times: 2);
    }

    [Test]
    public async Task It_announces_itself_again_when_the_home_could_not_store_it()
    {
        await StartHomeAsync();
        Home.Reply = _ => Home.Announcements.Count() == 1 ? NotStored : Home.Taken;
        var lamp = new Device(Lamp());
        Run(lamp);

        await Eventually.TrueAsync(() => lamp.LastReply is { Ok: true }, "it was taken the second time");
        Home.Announcements.Count().ShouldBe(2);
    }

    [Test]
    public async Task A_refusal_is_given_to_the_owner_and_nothing_is_tried_again()
    {
        await StartHomeAsync();
        Home.Reply = _ => """{"ok":false,"errors":[{"path":"name","code":"INVALID_VALUE","message":"expected a text"}]}""";
        var lamp = new Device(Lamp());
        var replies = new List<DiscoveryReply>();
        lamp.Announced += replies.Add;
        Run(lamp);
        await Eventually.TrueAsync(() => replies.Count == 1, "it is refused");
        replies[0].Errors.Single().ShouldBe(new("name", "INVALID_VALUE", "expected a text"));

        // A second device's announcement is answered after any retry of the first could have begun.
        Home.Reply = _ => Home.Announcements.Count() < 4 ? NotStored : Home.Taken;
        var other = new Device(new DeviceDescription("lamp", "hall"));
        Connection.Add(other);
        await Eventually.TrueAsync(() => other.LastReply is { Ok: true }, "the other one was taken");
        replies.Count.ShouldBe(1);
    }

    [Test]
    public async Task What_was_left_out_and_what_looks_wrong_is_given_to_the_owner()
    {
        await StartHomeAsync();
        Home.Reply = _ =>
            """
            {"ok":true,"revision":3,"accepted":1,"errors":[{"path":"entities[1]","code":"MISSING_FIELD","message":"a"}],
            "warnings":[{"path":"x","code":"UNKNOWN_FIELD","message":"b"}]}
            """;
        var lamp = new Device(Lamp());
        Run(lamp);

        await Eventually.TrueAsync(() => lamp.LastReply is not null, "there is a reply");
        lamp.LastReply!.Ok.ShouldBeTrue();
        lamp.LastReply.Errors.Single().Path.ShouldBe("entities[1]");
        lamp.LastReply.Warnings.Single().Code.ShouldBe("UNKNOWN_FIELD");
    }

    [Test]
    public async Task It_announces_itself_and_its_state_when_the_home_asks()
    {
        await StartHomeAsync();
        var lamp = new Device(Lamp());
        await lamp.PublishStateAsync("light", new { state = "on", brightness = 3 });
        Run(lamp);
        await Home.SeenAsync("home.devices.lamp.desk.state.light");

        await Home.RequestAnnouncementsAsync();

        await Home.SeenAsync("home.discovery.announce", times: 2);
        await Home.SeenAsync("home.devices.lamp.desk.state.light", """{"state":"on","brightness":3}""", times: 2);
    }

    [Test]
    public async Task A_changed_description_is_announced_at_once()
    {
        await StartHomeAsync();
        var lamp = new Device(Lamp());
        await lamp.PublishStatesAsync(new { light = "off", power = 0 });
        Run(lamp);
        await Home.SeenAsync(Snapshot);
        Home.Forget();

        lamp.Describe(new DeviceDescription("lamp", "desk", new { name = "Desk lamp" }).With("light", "light"));

        await Home.SeenAsync(Snapshot, """{"light":"off"}""");
        Home.Announcements.Single().Json.GetProperty("entities").GetArrayLength().ShouldBe(1);
    }

    [Test]
    public async Task A_device_may_come_later_and_go_earlier_than_its_connection()
    {
        await StartHomeAsync();
        Run();
        var lamp = new Device(Lamp());
        await Eventually.TrueAsync(() => Connection.IsConnected, "it is connected");
        Connection.Add(lamp);
        await Home.SeenAsync("home.discovery.announce");

        await Connection.DetachAsync(lamp.Id);

        await Home.SeenAsync("home.devices.lamp.desk.health", """{"status":"offline"}""");
        Connection.Devices.ShouldBeEmpty();
        await Should.ThrowAsync<NATS.Client.Core.NatsNoRespondersException>(() => EventuallyNobodyAsync());
        Connection.Add(lamp);
        await Home.SeenAsync("home.discovery.announce", times: 2);
    }

    [Test]
    public async Task A_removed_device_is_forgotten_by_the_home()
    {
        await StartHomeAsync();
        var lamp = new Device(Lamp());
        Run(lamp);
        await Home.SeenAsync("home.discovery.announce");

        var reply = await Connection.RemoveAsync(lamp.Id);

        reply.ShouldNotBeNull().Ok.ShouldBeTrue();
        await Home.SeenAsync("home.discovery.remove", """{"type":"lamp","id":"desk"}""");
    }

    [Test]
    public async Task Many_devices_share_a_connection()
    {
        await StartHomeAsync();
        var devices = Enumerable.Range(1, 200)
            .Select(number => new Device(new DeviceDescription("lamp", $"n{number}").With("light", "light")))
            .ToList();
        devices.ForEach(device => device.OnCommand((command, token) =>
            device.PublishStateAsync("light", command.Device.Id, token).AsTask()));
        Run(devices);

        await Eventually.TrueAsync(() => devices.TrueForAll(device => device.LastReply is { Ok: true }), "all are announced");
        var answers = await Task.WhenAll(devices.Select(device => Home.CommandAsync(device.Id.ToString(), "light", "toggle")));
        answers.ShouldAllBe(answer => answer.GetProperty("ok").GetBoolean());
        foreach (var device in devices)
        {
            await Home.SeenAsync($"home.devices.{device.Id}.state.light", $"\"{device.Id.Id}\"");
        }
    }

    private async Task EventuallyNobodyAsync()
    {
        // Unsubscribing takes effect when the server has read it.
        for (var attempt = 0; attempt < 100; attempt++)
        {
            await Home.SendAsync("lamp.desk", "light", "turn_on");
        }
    }
}
