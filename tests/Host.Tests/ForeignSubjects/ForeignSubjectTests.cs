using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Registry;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NATS.Client.Core;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.ForeignSubjects;

/// <summary>Programs that know nothing of the home publish, and devices come of it: the examples of docs/subjects.md, run.</summary>
public sealed class ForeignSubjectTests
{
    private static readonly IReadOnlyList<string> Examples = DocExamples.Yaml("subjects.md");
    private TempFolder _temp = null!;

    [SetUp]
    public void SetUp() => _temp = new TempFolder();

    [TearDown]
    public void TearDown() => _temp.Dispose();

    [Test]
    public async Task A_program_is_in_the_home_by_three_lines_and_after_a_restart_without_a_message()
    {
        await using (var home = await ConfiguredHome.StartAsync(_temp, Examples[0]))
        {
            await using var program = home.Client();
            await UntilHeardAsync(home, program, "plant.kitchen.moisture", "41.5");
            await home.StateAsync("plant.kitchen.moisture", "41.5");
            var device = (await home.DeviceAsync("plant.kitchen")).Description;
            device.Name.ShouldBe("Kitchen");
            Encoding.UTF8.GetString(device.Entities[0].Json.Span).ShouldContain("\"name\":\"Moisture\"");

            await program.PublishAsync("plant.hall.moisture", "12");
            await home.StateAsync("plant.hall.moisture", "12");
            await program.PublishAsync("plant.wröng.moisture", "1");
            await program.PublishAsync("plant.hall.moisture", "{broken");
            await Eventually.TrueAsync(async () => await CountAsync(home, "ignored") >= 1, "counted");
            home.StateOf("plant.hall.moisture").ShouldBe("12");
        }

        await using var again = await ConfiguredHome.StartAsync(_temp, Examples[0]);
        await Eventually.TrueAsync(async () => await CountAsync(again, "devices") == 2, "both are there");
        again.StateOf("plant.kitchen.moisture").ShouldBe("41.5");
        var registry = again.Get<IDeviceRegistry>();
        await Eventually.TrueAsync(() => registry.Snapshot().All(device => device.Availability.Online), "both are online");
    }

    [Test]
    public async Task Words_of_the_subject_are_device_and_key()
    {
        await using var home = await ConfiguredHome.StartAsync(_temp, Examples[1]);
        await using var program = home.Client();
        await UntilHeardAsync(home, program, "greenhouse.north.temperature", "20");
        await program.PublishAsync("greenhouse.north.humidity", "55");
        await home.StateAsync("greenhouse.north.temperature", "20");
        await home.StateAsync("greenhouse.north.humidity", "55");
        (await home.DeviceAsync("greenhouse.north")).Description.Name.ShouldBe("House north");
    }

    [Test]
    public async Task One_message_has_values_for_several_entities()
    {
        await using var home = await ConfiguredHome.StartAsync(_temp, Examples[2]);
        await using var program = home.Client();
        await UntilHeardAsync(home, program, "meter.main.report", """{"data": {"power": 230, "wh": 1500}, "lamp": {"level": 128}}""");
        await home.StateAsync("meter.main.power", "230");
        await home.StateAsync("meter.main.energy", "1.5");
        await Eventually.TrueAsync(() => home.StateOf("meter.main.lamp")?.Contains("\"brightness\":128", StringComparison.Ordinal) == true, "the lamp");

        await program.PublishAsync("meter.main.report", """{"data": {"power": 100}}""");
        await home.StateAsync("meter.main.power", "100");
        home.StateOf("meter.main.energy").ShouldBe("1.5");
    }

    [Test]
    public async Task Commands_reach_the_program_and_its_answer_the_person()
    {
        await using var home = await ConfiguredHome.StartAsync(_temp, Examples[3]);
        await home.DeviceAsync("pump.cellar");
        await home.DeviceAsync("gate.front");
        await using var program = home.Client();
        await UntilHeardAsync(home, program, "pump.cellar.running", "0");
        await home.StateAsync("pump.cellar.running", "\"off\"");

        await using var sets = await program.SubscribeCoreAsync<string>("pump.cellar.set");
        await program.PingAsync();
        var done = await home.CommandAsync("pump.cellar.running", "turn_on");
        (done.Ok, done.Confirmed).ShouldBe((true, false), done.Message);
        (await sets.Msgs.ReadAsync()).Data.ShouldBe("1");

        var alone = await home.CommandAsync("gate.front.open", "press");
        (alone.Code, alone.Message).ShouldBe((CommandCodes.DeviceOffline, "No program listens on gate.front.open."));

        await using var speeds = await program.SubscribeCoreAsync<string>("pump.cellar.set_speed");
        await program.PingAsync();
        async Task<(string? Asked, Host.Commands.CommandOutcome Outcome)> AnswerAsync(string answer, NatsHeaders? headers = null)
        {
            var command = home.CommandAsync("pump.cellar.speed", "set_value", new { value = 1200.0 });
            var request = await speeds.Msgs.ReadAsync();
            await request.ReplyAsync(answer, headers);
            return (request.Data, await command);
        }

        var (asked, outcome) = await AnswerAsync("");
        asked.ShouldBe("1200");
        outcome.Ok.ShouldBeTrue(outcome.Message);
        (await AnswerAsync("fine")).Outcome.Ok.ShouldBeTrue();
        (await AnswerAsync("""{"rpm": 1200}""")).Outcome.Response.ShouldNotBeNull();
        var hot = (await AnswerAsync("""{"ok": false, "error": {"code": "BUSY", "message": "The pump is hot"}}""")).Outcome;
        (hot.Ok, hot.Code, hot.Message).ShouldBe((false, CommandCodes.Busy, "The pump is hot"));
        (await AnswerAsync("""{"error": "The pump is hot"}""")).Outcome.Message.ShouldBe("The pump is hot");
        (await AnswerAsync("", new NatsHeaders { ["Nats-Service-Error"] = "too fast" })).Outcome.Message.ShouldBe("too fast");
    }

    [Test]
    public async Task Events_pictures_and_leases()
    {
        await using var home = await ConfiguredHome.StartAsync(_temp, """
            subjects:
              - subject: door.*.bell
                platform: event
                event_types: [ring]
              - subject: cam.yard.shot
                platform: image
              - subject: probe.*.depth
                device: {lease_seconds: 1}
            """);
        var seen = new List<string>();
        using var listening = home.Get<Host.State.IStateStore>().Subscribe(new Listener(seen));
        await using var program = home.Client();
        await Eventually.TrueAsync(
            async () =>
            {
                await program.PublishAsync("door.front.bell", "x");
                return await CountAsync(home, "messages") > 0;
            },
            "heard");
        await Eventually.TrueAsync(() => seen.Contains("door.front.bell ring"), "the first event of a device that nobody knew");

        await program.PublishAsync<byte[]>("cam.yard.shot", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1]);
        await Eventually.TrueAsync(
            async () => (await home.Web.GetAsync("/api/pictures/cam/yard/shot")).IsSuccessStatusCode, "the picture");

        await program.PublishAsync("probe.well.depth", "4");
        await home.StateAsync("probe.well.depth", "\"4\"");
        await Eventually.TrueAsync(
            async () => !(await home.DeviceAsync("probe.well")).Availability.Online, "nothing was heard for a second");
        await program.PublishAsync("probe.well.depth", "5");
        await Eventually.TrueAsync(async () => (await home.DeviceAsync("probe.well")).Availability.Online, "it is heard again");
    }

    [Test]
    public async Task A_device_that_a_person_removed_comes_back_with_its_next_message()
    {
        await using var home = await ConfiguredHome.StartAsync(_temp, Examples[0]);
        await using var program = home.Client();
        await UntilHeardAsync(home, program, "plant.kitchen.moisture", "41");
        await home.DeviceAsync("plant.kitchen");
        var id = new DeviceId("plant", "kitchen");
        await home.Get<IDeviceRemoval>().RemoveAsync(id, CancellationToken.None);
        await Eventually.TrueAsync(async () => await CountAsync(home, "devices") == 0, "it is forgotten");
        home.Get<IDeviceRegistry>().TryGet(id, out _).ShouldBeFalse();
        await program.PublishAsync("plant.kitchen.moisture", "42");
        await home.StateAsync("plant.kitchen.moisture", "42");
        await home.DeviceAsync("plant.kitchen");
    }

    [Test]
    public async Task A_publisher_that_makes_up_names_makes_a_thousand_devices_and_no_more()
    {
        await using var home = await ConfiguredHome.StartAsync(_temp, Examples[0]);
        await using var program = home.Client();
        await UntilHeardAsync(home, program, "plant.first.moisture", "1");
        var number = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                // Few at a time: what a busy sidecar cannot take is dropped.
                for (var end = number + 50; number < end; number++)
                {
                    await program.PublishAsync($"plant.n{number}.moisture", "1");
                }

                await program.PingAsync();
                return await CountAsync(home, "messages") >= 1100;
            },
            "they were heard",
            TimeSpan.FromMinutes(1));
        (await CountAsync(home, "devices")).ShouldBeLessThanOrEqualTo(1000);
        await program.PublishAsync("plant.first.moisture", "2");
        await home.StateAsync("plant.first.moisture", "2");
    }

    /// <summary>Publishes until the sidecar listens.</summary>
    private static Task UntilHeardAsync(ConfiguredHome home, NatsConnection program, string subject, string payload) =>
        Eventually.TrueAsync(
            async () =>
            {
                await program.PublishAsync(subject, payload);
                return await CountAsync(home, "messages") > 0;
            },
            $"{subject} is heard");

    private static async ValueTask<long> CountAsync(ConfiguredHome home, string name) =>
        (await home.HealthAsync()).GetProperty("parts").GetProperty("subjects").GetProperty(name).GetInt64();

    private sealed class Listener(List<string> seen) : Host.State.IStateListener
    {
        public void StateChanged(Host.State.EntityState state)
        {
        }

        public void StateRemoved(EntityId entity)
        {
        }

        public void StatesComplete(Contract.Announcements.DeviceDescription description)
        {
        }

        public void EventsNumbered(string epoch, ulong end)
        {
        }

        public void EventOccurred(Host.State.DeviceEvent occurred) => seen.Add($"{occurred.Entity} {occurred.EventType}");
    }
}
