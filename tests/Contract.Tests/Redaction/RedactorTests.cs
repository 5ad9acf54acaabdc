using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Redaction;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Redaction;

/// <summary>The same files are read by the tests of the integration, whose rules must be the same.</summary>
public sealed class RedactorTests
{
    private static IEnumerable<string> Secret => Names("secret");

    private static IEnumerable<string> Open => Names("open");

    private static IEnumerable<JsonNode> Texts => Cases("texts");

    private static IEnumerable<JsonNode> Payloads => Cases("payloads");

    private static IEnumerable<JsonNode> Values => Cases("values");

    [TestCaseSource(nameof(Secret))]
    public void The_name_of_a_secret_is_recognised(string name) => SecretNames.Contains(name).ShouldBeTrue();

    [TestCaseSource(nameof(Open))]
    public void Another_name_is_not(string name) => SecretNames.Contains(name).ShouldBeFalse();

    [TestCaseSource(nameof(Texts))]
    public void A_text_for_people_has_no_secret(JsonNode test) =>
        Redactor.Text((string)test["text"]!).ShouldBe((string)test["expect"]!);

    [TestCaseSource(nameof(Payloads))]
    public void A_payload_that_is_shown_has_no_secret(JsonNode test) =>
        Redactor.Payload(Encoding.UTF8.GetBytes((string)test["payload"]!)).ShouldBe((string)test["expect"]!);

    [TestCaseSource(nameof(Values))]
    public void A_value_that_is_shown_has_no_secret(JsonNode test) =>
        Fixtures.Text(Redactor.Json(JsonSerializer.SerializeToElement(test["value"])))
            .ShouldBe(Fixtures.Text(test["expect"]));

    [Test]
    public void A_payload_that_is_no_UTF8_is_shown_too() =>
        Redactor.Payload([0xFF, .. "{\"pin\":\"1234"u8]).ShouldBe("\uFFFD{\"pin\":\"***\"");

    [TestCase("""{"key":"wifi","platform":"text","mode":"password"}""", "\"hunter2\"", "\"***\"")]
    [TestCase("""{"key":"wifi","platform":"text","mode":"password"}""", "null", "null")]
    [TestCase("""{"key":"wifi","platform":"text","mode":"password"}""", "\"unavailable\"", "\"unavailable\"")]
    [TestCase("""{"key":"door_pin","platform":"sensor"}""", "\"1234\"", "\"***\"")]
    [TestCase("""{"key":"motto","platform":"text"}""", "\"hunter2\"", "\"hunter2\"")]
    [TestCase("""{"key":"a","platform":"text"}""", """{"state":"x","pin":1234,"n":1}""", """{"state":"x","pin":"***","n":1}""")]
    public void The_value_of_a_password_field_is_a_secret(string entity, string value, string expected) =>
        Encoding.UTF8.GetString(Redactor.State(Devices.Entity(entity), Encoding.UTF8.GetBytes(value))).ShouldBe(expected);

    [TestCase("""{"key":"door","platform":"lock"}""", "unlock", """{"code":"7391","x":1}""", """{"code":"***","x":"***"}""")]
    [TestCase("""{"key":"door","platform":"lock"}""", "unlock", """{"cod":"7391"}""", """{"cod":"***"}""")]
    [TestCase("""{"key":"door","platform":"lock"}""", "unlock", """{"code":7391}""", """{"code":"***"}""")]
    [TestCase("""{"key":"a","platform":"text","mode":"password"}""", "set_value", """{"value":"7391"}""", """{"value":"***"}""")]
    [TestCase("""{"key":"motto","platform":"text"}""", "set_value", """{"value":"7391"}""", """{"value":"7391"}""")]
    public void The_parameters_of_a_command_are_recorded_without_their_secrets(
        string entity, string action, string parameters, string expected)
    {
        var given = JsonElement.Parse(parameters);
        var secrets = CommandSecrets.Of(Devices.Entity(entity), action, given);
        secrets.Params.GetRawText().ShouldBe(expected);
        secrets.Hide("the code 7391 is wrong").ShouldBe(
            expected.Contains("7391", StringComparison.Ordinal) ? "the code 7391 is wrong" : "the code *** is wrong");
        (CommandChecker.Check(Devices.Entity(entity), action, given)?.Message ?? "").ShouldNotContain("7391");
    }

    [Test]
    public void The_parameters_of_a_command_to_an_unknown_entity_are_all_secrets() =>
        CommandSecrets.Of(null, "set_value", JsonElement.Parse("""{"value":"hunter2","n":[1]}""")).Params.GetRawText()
            .ShouldBe("""{"value":"***","n":"***"}""");

    [TestCase("""{"key":"wifi","platform":"text","mode":"password","max":4}""", "hunter2")]
    [TestCase("""{"key":"wifi","platform":"text","mode":"password","max":4}""", "\"hunter2\"")]
    [TestCase("""{"key":"wifi","platform":"text","mode":"password","max":4}""", """{"state":"hunter2"}""")]
    [TestCase("""{"key":"level","platform":"number"}""", """{"state":{"wifi_password":"hunter2"}}""")]
    [TestCase("""{"key":"level","platform":"number"}""", """{"state":["http://me:hunter2@cam.local/"]}""")]
    [TestCase("""{"key":"level","platform":"number"}""", "http://me:hunter2@cam.local/")]
    public void What_is_wrong_with_a_state_is_described_without_its_secrets(string entity, string payload)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var memory = default(StateMemory);
        var problem = StateReader.Normalise(Devices.Entity(entity), Encoding.UTF8.GetBytes(payload), output, ref memory)
            .ShouldHaveSingleItem();
        problem.Message.ShouldNotContain("hunter2");
        problem.Message.ShouldContain(Redactor.Mask);
    }

    [Test]
    public void Of_broken_JSON_nothing_is_quoted()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var memory = default(StateMemory);
        var level = Devices.Entity("""{"key":"level","platform":"number"}""");
        StateReader.Normalise(level, """{wifi_password: hunter2"""u8, output, ref memory)
            .ShouldHaveSingleItem().Message.ShouldBe("no JSON of at most 16 levels: it breaks at byte 2");
    }

    private static IEnumerable<string> Names(string kind) =>
        Fixtures.Json("redaction/names.json")[kind]!.AsArray().Select(name => (string)name!);

    private static IEnumerable<JsonNode> Cases(string file) =>
        Fixtures.Json($"redaction/{file}.json")["cases"]!.AsArray().Select(test => test!);
}
