using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.State;
using HaNatsBridge.Host.State.Internal;
using HaNatsBridge.Host.Tests.Support;
using HaNatsBridge.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.State;

/// <summary>A wrong value is unknown alone, and a device's diagnostics say what was wrong.</summary>
public sealed class WrongValueTests
{
    private const string Lamp = "home.devices.lamp.desk.state";

    private StateHome _home = null!;

    private IReadOnlyList<StateProblemSeen> Problems => _home.States.ProblemsOf(new DeviceId("lamp", "desk"));

    private long Wrong => _home.Home.Get<StateMetrics>().Wrong;

    [SetUp]
    public async Task SetUp()
    {
        _home = await StateHome.StartAsync();
        _home.Registry.Put(InMemoryRegistry.Describe(
            """
            {"schema":1,"type":"lamp","id":"desk","name":"Desk","entities":[
              {"key":"light","platform":"light","name":null,"supported_color_modes":["hs","color_temp"]},
              {"key":"heat","platform":"sensor","name":"Heat","device_class":"temperature","unit_of_measurement":"°C"},
              {"key":"signal","platform":"sensor","name":"Signal","state_class":"measurement"}]}
            """));
    }

    [TearDown]
    public async Task TearDown() => await _home.DisposeAsync();

    [TestCase("nan")]
    [TestCase("NaN")]
    [TestCase("-nan")]
    [TestCase("inf")]
    [TestCase("Infinity")]
    [TestCase("-Infinity")]
    public async Task A_number_that_is_none_is_unknown_and_its_neighbour_lives(string number)
    {
        await _home.PublishAsync(Lamp, $$"""{"heat": {{number}}, "signal": -53}""");
        await _home.IsAsync("lamp.desk.signal", "-53");
        _home.StateOf("lamp.desk.heat").ShouldBe("null");
        Problems.ShouldBeEmpty();
    }

    [Test]
    public async Task The_diagnostics_say_at_which_byte_broken_JSON_breaks()
    {
        await _home.PublishAsync(Lamp, """{"heat": 21.5, "signal": -53""");
        await _home.IsAsync("lamp.desk.signal", "null");
        Problems.ShouldHaveSingleItem().Message.ShouldEndWith("it is cut off after byte 28");

        await _home.PublishAsync(Lamp + ".heat", """{"state": 21,5}""");
        await Eventually.TrueAsync(() => Problems.Count == 2, "the second is listed");
        Problems[0].Path.ShouldBe("heat");
        Problems[0].Message.ShouldEndWith("it breaks at byte 14");
    }

    [Test]
    public async Task A_light_without_a_mode_keeps_the_one_it_had_and_the_diagnostics_warn()
    {
        await _home.PublishAsync(Lamp + ".light", """{"state": "on", "brightness": 100}""");
        await _home.IsAsync("lamp.desk.light", """{"state":"on","color_mode":"hs","brightness":100}""");
        Problems.ShouldHaveSingleItem().IsWarning.ShouldBeTrue();
        Problems[0].Path.ShouldBe("light.color_mode");

        await _home.PublishAsync(Lamp + ".light", """{"state": "on", "color_temp_kelvin": 2700}""");
        await _home.PublishAsync(Lamp, """{"light": "off"}""");
        await _home.PublishAsync(Lamp, """{"light": {"state": "on", "brightness": 127.5}}""");
        await _home.IsAsync("lamp.desk.light", """{"state":"on","color_mode":"color_temp","brightness":128}""");
        Problems.ShouldHaveSingleItem().Count.ShouldBe(2);
        Wrong.ShouldBe(0, "a warning is no wrong value");
    }

    [Test]
    public async Task Each_wrong_attribute_is_listed_and_the_rest_is_shown()
    {
        await _home.PublishAsync(
            Lamp + ".light", """{"state": "ON", "hs_color": [361, 0], "color_temp_kelvin": 0, "brightness": 9}""");
        await _home.IsAsync("lamp.desk.light", """{"state":"on","color_mode":"hs","brightness":9}""");
        Problems.Select(problem => (problem.Path, problem.IsWarning)).ShouldBe(
            [("light.color_mode", true), ("light.color_temp_kelvin", false), ("light.hs_color", false)]);
        Wrong.ShouldBe(2);
    }
}
