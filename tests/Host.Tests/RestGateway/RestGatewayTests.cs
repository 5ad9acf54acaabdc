using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.Fleet;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.RestGateway;

/// <summary>Devices by HTTP, with the whole sidecar and a device on NATS.</summary>
public sealed class RestGatewayTests
{
    private const string Heater = """
        {"schema": 1, "type": "heater", "id": "hall", "name": "Hall", "lease_seconds": 60, "entities": [
          {"key": "power", "platform": "sensor", "device_class": "power", "unit_of_measurement": "W"},
          {"key": "code", "platform": "text", "mode": "password"}]}
        """;

    private TempFolder _temp = null!;
    private ConfiguredHome _home = null!;

    [SetUp]
    public async Task SetUp()
    {
        _temp = new TempFolder();
        _home = await ConfiguredHome.StartAsync(_temp, "");
    }

    [TearDown]
    public async Task TearDown()
    {
        await _home.DisposeAsync();
        _temp.Dispose();
    }

    [Test]
    public async Task A_device_announces_itself_and_publishes_its_state_by_http()
    {
        var (status, answer) = await PostAsync("/api/announce", Heater);
        status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
        answer["ok"]!.GetValue<bool>().ShouldBeTrue();
        await _home.DeviceAsync("heater.hall");

        (await PostAsync("/api/devices/heater/hall/state", """{"power": 1200, "code": "4711"}""")).Status.ShouldBe(HttpStatusCode.OK);
        await _home.StateAsync("heater.hall.power", "1200");
        await Eventually.TrueAsync(
            async () => (await GetAsync("/api/devices/heater/hall")).Body["states"]!["power"]?.GetValue<double>() == 1200, "shown");
        var device = (await GetAsync("/api/devices/heater/hall")).Body;
        device["online"]!.GetValue<bool>().ShouldBeTrue();
        device["name"]!.GetValue<string>().ShouldBe("Hall");
        await Eventually.TrueAsync(
            async () => $"{(await GetAsync("/api/devices/heater/hall")).Body["states"]!["code"]}" == "***", "the code is masked");
    }

    [TestCase("/api/announce", "{", HttpStatusCode.UnprocessableEntity)]
    [TestCase("/api/announce", """{"schema": 1, "type": "a b", "id": "x", "name": "X", "entities": []}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("/api/devices/no/where/state", "{}", HttpStatusCode.NotFound)]
    [TestCase("/api/devices/no/where/light/turn_on", "{}", HttpStatusCode.NotFound)]
    [TestCase("/api/devices/heater/hall/state", "[]", HttpStatusCode.BadRequest)]
    [TestCase("/api/devices/heater/hall/state", "{", HttpStatusCode.BadRequest)]
    [TestCase("/api/devices/heater/hall/state", """{"powr": 1}""", HttpStatusCode.BadRequest)]
    [TestCase("/api/devices/heater/hall/power/turn_on", "{}", HttpStatusCode.BadRequest)]
    [TestCase("/api/devices/heater/hall/code/set_value", "[]", HttpStatusCode.BadRequest)]
    public async Task What_is_wrong_is_refused(string path, string body, HttpStatusCode expected)
    {
        await PostAsync("/api/announce", Heater);
        await _home.DeviceAsync("heater.hall");
        var (status, answer) = await PostAsync(path, body);
        status.ShouldBe(expected, answer.ToJsonString());
    }

    [Test]
    public async Task Large_bodies_are_refused_and_nobody_comes_in_without_the_token()
    {
        await PostAsync("/api/announce", Heater);
        await _home.DeviceAsync("heater.hall");
        (await PostAsync("/api/devices/heater/hall/state", new string(' ', 70 * 1024))).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await PostAsync("/api/announce", new string(' ', 600 * 1024))).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        _home.Web.DefaultRequestHeaders.Authorization = null;
        foreach (var path in new[] { "/api/announce", "/api/devices/heater/hall/state", "/api/devices/heater/hall/code/set_value" })
        {
            (await _home.Web.PostAsync(path, new StringContent("{}"))).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        (await _home.Web.GetAsync("/api/devices")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_device_with_a_credential_speaks_for_itself()
    {
        await PostAsync("/api/announce", Heater);
        await _home.DeviceAsync("heater.hall");
        await _home.Get<IFleet>().AddDeviceAsync(new DeviceId("heater", "hall"), [], password: false, CancellationToken.None);
        (await PostAsync("/api/devices/heater/hall/state", """{"power": 1}""")).Status.ShouldBe(HttpStatusCode.Forbidden);
        var (status, answer) = await PostAsync("/api/announce", Heater);
        status.ShouldBe(HttpStatusCode.UnprocessableEntity);
        answer.ToJsonString().ShouldContain("UNAUTHORIZED");
    }

    [Test]
    public async Task A_command_is_answered_with_the_devices_own_answer()
    {
        var lamp = new Device(new DeviceDescription("lamp", "desk", new { name = "Desk" })
            .With("light", "light", new { supported_color_modes = new[] { "brightness" } }));
        lamp.OnCommand((command, _) => command.TryGet<int>("brightness", out var level) && level == 1
            ? throw CommandException.Busy("It is too dark for that")
            : Task.CompletedTask);
        var connection = new DeviceConnection(new DeviceConnectionOptions { Url = _home.NatsUrl });
        connection.Add(lamp);
        using var stop = new CancellationTokenSource();
        var running = connection.RunAsync(stop.Token);
        await _home.DeviceAsync("lamp.desk");

        (await PostAsync("/api/devices/lamp/desk/light/turn_on", """{"brightness": 100}""")).Status.ShouldBe(HttpStatusCode.OK);
        (await PostAsync("/api/devices/lamp/desk/light/turn_off", "")).Status.ShouldBe(HttpStatusCode.OK);
        var (status, answer) = await PostAsync("/api/devices/lamp/desk/light/turn_on", """{"brightness": 1}""");
        status.ShouldBe(HttpStatusCode.TooManyRequests);
        answer["error"]!["message"]!.GetValue<string>().ShouldBe("It is too dark for that");

        await stop.CancelAsync();
        await running;
        (await PostAsync("/api/devices/lamp/desk/light/turn_on", "")).Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Test]
    public async Task The_list_has_pages()
    {
        foreach (var id in new[] { "a", "b", "c" })
        {
            await PostAsync("/api/announce", Heater.Replace("\"hall\"", $"\"{id}\"", StringComparison.Ordinal));
            await _home.DeviceAsync($"heater.{id}");
        }

        var first = (await GetAsync("/api/devices?limit=2")).Body;
        first["devices"]!.AsArray().Select(device => $"{device!["id"]}").ShouldBe(["a", "b"]);
        var second = (await GetAsync($"/api/devices?limit=2&after={first["next"]}")).Body;
        second["devices"]!.AsArray().Select(device => $"{device!["id"]}").ShouldBe(["c"]);
        second["next"].ShouldBeNull();
        (await GetAsync("/api/devices/heater/nobody")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> PostAsync(string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await _home.Web.PostAsync(path, content);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }

    private async Task<(HttpStatusCode Status, JsonNode Body)> GetAsync(string path)
    {
        using var answer = await _home.Web.GetAsync(path);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync())!);
    }
}
