using System.Text;
using System.Text.Json;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Host.Simulation.Internal;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Simulation;

public sealed class SimulatedDeviceTests
{
    private const int Kinds = 10;

    [Test]
    public void Every_kind_announces_itself_without_an_error_or_a_warning([Range(1, Kinds)] int number)
    {
        var result = AnnouncementReader.Read(Catalogue.Make(number).Announcement());

        result.Errors.ShouldBeEmpty();
        result.Warnings.ShouldBeEmpty();
        result.Device!.Id.ShouldBe(Catalogue.Make(number).Id);
    }

    [Test]
    public void The_same_number_is_always_the_same_device()
    {
        for (var number = 1; number <= 100; number++)
        {
            Catalogue.Make(number).Announcement().ShouldBe(Catalogue.Make(number).Announcement());
        }

        Enumerable.Range(1, 100).Select(number => Catalogue.Make(number).Id).Distinct().Count().ShouldBe(100);
    }

    [Test]
    public void All_platforms_of_the_contract_are_there()
    {
        var platforms = Enumerable.Range(1, Kinds)
            .SelectMany(number => JsonDocument.Parse(Catalogue.Make(number).Announcement()).RootElement.GetProperty("entities").EnumerateArray())
            .Select(entity => entity.GetProperty("platform").GetString());
        platforms.Distinct().ShouldBe(
            ["sensor", "binary_sensor", "switch", "light", "number", "select", "text", "button", "cover", "climate", "lock", "event"], ignoreOrder: true);
    }

    [TestCase(1, "light", "turn_on", """{"brightness": 100, "hs_color": [120, 50]}""", """{"state":"on","color_mode":"hs","brightness":100,"hs_color":[120, 50]}""")]
    [TestCase(1, "light", "turn_on", """{"color_temp_kelvin": 3000}""", """{"state":"on","color_mode":"color_temp","brightness":255,"color_temp_kelvin":3000}""")]
    [TestCase(1, "light", "turn_off", "{}", """{"state":"off"}""")]
    [TestCase(10, "light", "turn_on", """{"rgbww_color": [1, 2, 3, 4, 5]}""", """{"state":"on","color_mode":"rgbww","brightness":255,"rgbww_color":[1, 2, 3, 4, 5]}""")]
    [TestCase(3, "shutter", "set_cover_position", """{"position": 40}""", """{"state":"closing","current_position":100}""")]
    [TestCase(6, "lock", "unlock", "{}", """{"state":"unlocked","changed_by":"home"}""")]
    [TestCase(7, "outlet", "turn_on", "{}", "\"on\"")]
    [TestCase(8, "volume", "set_value", """{"value": 12}""", "12")]
    [TestCase(8, "source", "select_option", """{"option": "tv"}""", "\"tv\"")]
    [TestCase(8, "message", "set_value", """{"value": "Hi"}""", "\"Hi\"")]
    public void A_command_is_done_and_answered_with_the_new_state(int number, string entity, string action, string parameters, string state)
    {
        var (answer, changed) = Catalogue.Make(number).Execute(Command("1", entity, action, parameters));

        changed.ShouldNotBeNull().Key.ShouldBe(entity);
        Encoding.UTF8.GetString(SimulatedDevice.StateOf(changed)).Replace(" ", "", StringComparison.Ordinal).ShouldBe(state.Replace(" ", "", StringComparison.Ordinal));
        Root(answer).GetProperty("ok").GetBoolean().ShouldBeTrue();
    }

    [TestCase("2", "heating", "set_temperature", """{"temperature": 99}""", "INVALID_PARAMETER")]
    [TestCase("2", "heating", "explode", "{}", "INVALID_COMMAND")]
    [TestCase("2", "nothing", "turn_on", "{}", "INVALID_COMMAND")]
    [TestCase("2", "temperature", "turn_on", "{}", "INVALID_COMMAND")]
    public void A_command_that_makes_no_sense_is_refused_with_a_sentence(string id, string entity, string action, string parameters, string code)
    {
        var (answer, changed) = Catalogue.Make(2).Execute(Command(id, entity, action, parameters));

        changed.ShouldBeNull();
        var error = Root(answer).GetProperty("error");
        error.GetProperty("code").GetString().ShouldBe(code);
        error.GetProperty("message").GetString().ShouldNotBeNullOrEmpty();
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{\"id\": 3}")]
    public void Rubbish_on_set_is_answered_and_kills_nobody(string payload) =>
        Root(Catalogue.Make(1).Execute(Encoding.UTF8.GetBytes(payload)).Answer).GetProperty("ok").GetBoolean().ShouldBeFalse();

    [Test]
    public void The_same_id_again_gets_the_same_answer_and_is_not_done_again()
    {
        var bell = Catalogue.Make(5);
        var first = bell.Execute(Command("same", "test", "press", "{}"));
        bell.Entities.OfType<EventEntity>().Single().TakeRing().ShouldBeTrue();
        var second = bell.Execute(Command("same", "test", "press", "{}"));

        second.Answer.ShouldBe(first.Answer);
        bell.Entities.OfType<EventEntity>().Single().TakeRing().ShouldBeFalse();
    }

    [Test]
    public void A_shutter_moves_until_it_is_there()
    {
        var shutter = (CoverEntity)Catalogue.Make(3).Entities[0];
        shutter.Apply("close_cover", JsonElement.Parse("{}"));
        var beats = 0;
        while (shutter.Advance(TimeSpan.FromSeconds(1), new Random(1)))
        {
            beats++;
        }

        beats.ShouldBe(10);
        Encoding.UTF8.GetString(SimulatedDevice.StateOf(shutter)).ShouldBe("""{"state":"closed","current_position":0}""");
    }

    private static byte[] Command(string id, string entity, string action, string parameters) =>
        Encoding.UTF8.GetBytes($$"""{"schema": 1, "id": "{{id}}", "entity": "{{entity}}", "action": "{{action}}", "params": {{parameters}}, "deadline_ms": 5000}""");

    private static JsonElement Root(byte[] json) => JsonElement.Parse(json);
}
