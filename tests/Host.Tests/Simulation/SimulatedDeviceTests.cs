using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Devices;
using HaNatsBridge.Host.Simulation.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Simulation;

public sealed class SimulatedDeviceTests
{
    private static IEnumerable<int> Numbers => Enumerable.Range(1, Catalogue.Count);

    [Test]
    public void Every_kind_announces_itself_without_an_error_or_a_warning(
        [ValueSource(nameof(Numbers))] int number)
    {
        var device = Make(number).Device;
        var result = AnnouncementReader.Read(device.Description.ToJson().ToArray());

        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBeEmpty();
        result.Device!.Id.ShouldBe(device.Id);
    }

    [Test]
    public void The_same_number_is_always_the_same_device()
    {
        for (var number = 1; number <= 100; number++)
        {
            Announcement(number).ShouldBe(Announcement(number));
        }

        Enumerable.Range(1, 100).Select(number => Make(number).Device.Id).Distinct().Count().ShouldBe(100);
    }

    [Test]
    public void All_platforms_of_the_contract_are_there() =>
        Numbers.SelectMany(number => Make(number).Entities).Select(entity => entity.Platform).Distinct()
            .ShouldBe(Examples.Platforms, ignoreOrder: true);

    [TestCase(
        1, "light", "turn_on", """{"brightness":100,"hs_color":[120,50]}""",
        """{"state":"on","color_mode":"hs","brightness":100,"hs_color":[120,50]}""")]
    [TestCase(
        1, "light", "turn_on", """{"color_temp_kelvin":3000}""",
        """{"state":"on","color_mode":"color_temp","brightness":255,"color_temp_kelvin":3000}""")]
    [TestCase(1, "light", "turn_off", "{}", """{"state":"off"}""")]
    [TestCase(9, "light", "turn_on", """{"brightness":7}""", """{"state":"on","color_mode":"brightness","brightness":7}""")]
    [TestCase(
        10, "light", "turn_on", """{"rgbww_color":[1,2,3,4,5]}""",
        """{"state":"on","color_mode":"rgbww","brightness":255,"rgbww_color":[1,2,3,4,5]}""")]
    [TestCase(3, "shutter", "set_cover_position", """{"position":40}""", """{"state":"closing","current_position":100}""")]
    [TestCase(6, "lock", "unlock", "{}", """{"state":"unlocked","changed_by":"home"}""")]
    [TestCase(7, "outlet", "turn_on", "{}", "\"on\"")]
    [TestCase(8, "volume", "set_value", """{"value":12}""", "12")]
    [TestCase(8, "source", "select_option", """{"option":"tv"}""", "\"tv\"")]
    [TestCase(8, "message", "set_value", """{"value":"Hi"}""", "\"Hi\"")]
    public void A_command_changes_the_state(int number, string key, string action, string parameters, string state)
    {
        var entity = Entity(number, key);

        entity.Execute(Command(number, key, action, parameters));

        JsonSerializer.Serialize(entity.State).ShouldBe(state);
    }

    [TestCase("heating", "set_temperature", """{"temperature":99}""", "INVALID_PARAMETER")]
    [TestCase("heating", "set_hvac_mode", "{}", "INVALID_PARAMETER")]
    [TestCase("heating", "explode", "{}", "INVALID_COMMAND")]
    [TestCase("temperature", "turn_on", "{}", "INVALID_COMMAND")]
    public void A_command_that_makes_no_sense_is_refused(string key, string action, string parameters, string code)
    {
        var entity = Entity(2, key);

        var refusal = Should.Throw<CommandException>(() => entity.Execute(Command(2, key, action, parameters)));

        refusal.Code.ShouldBe(code);
        refusal.Message.ShouldNotBeEmpty();
    }

    [Test]
    public void A_shutter_moves_until_it_is_there()
    {
        var shutter = Entity(3, "shutter");
        shutter.Execute(Command(3, "shutter", "close_cover", "{}"));
        var beats = 0;
        while (shutter.Advance(TimeSpan.FromSeconds(1), new Random(1)))
        {
            beats++;
        }

        beats.ShouldBe(10);
        JsonSerializer.Serialize(shutter.State).ShouldBe("""{"state":"closed","current_position":0}""");
    }

    private static SimulatedDevice Make(int number) => Catalogue.Make(number, TimeProvider.System);

    private static string Announcement(int number) => Encoding.UTF8.GetString(Make(number).Device.Description.ToJson().Span);

    private static SimulatedEntity Entity(int number, string key) => Make(number).Entities.Single(entity => entity.Key == key);

    private static DeviceCommand Command(int number, string key, string action, string parameters) => new(
        Make(number).Device.Id,
        new CommandEnvelope { Id = "1", Entity = key, Action = action, Params = JsonElement.Parse(parameters) },
        TimeSpan.FromSeconds(5));
}
