using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Announcements;

internal sealed class DescriptionTests
{
    [Test]
    public void A_description_says_what_the_registry_needs()
    {
        var device = Devices.Read(Fixtures.Text(Fixtures.Json("announce/valid/every_device_field.json")));
        device.Id.ShouldBe(new DeviceId("test", "bench"));
        device.Name.ShouldBe("Bench");
        device.ViaDevice.ShouldBe(new DeviceId("gateway", "attic"));
        device.ParentDevice.ShouldBe(new DeviceId("strip", "desk"));
        device.Lease.ShouldBe(TimeSpan.FromSeconds(3600.5));
        device.MaxCommands.ShouldBe(32);
        device.WhenOffline.ShouldBe(OfflineMeaning.Assumed);
        device.Connections.ShouldBe([("mac", "02:00:5e:10:00:02"), ("zigbee", "00:12:4b:00:01")]);
    }

    [Test]
    public void More_than_sixteen_different_patterns_of_a_device_are_refused_by_name()
    {
        string Entity(string key, string pattern) => $$"""{"key":"{{key}}","platform":"text","pattern":"{{pattern}}"}""";
        var different = Enumerable.Range(0, 17).Select(i => Entity($"d{i}", $"a{i}"));
        var same = Enumerable.Range(0, 50).Select(i => Entity($"s{i}", "a0"));
        var entities = string.Join(
            ',', different.Concat(same).Append("""{"key":"lock","platform":"lock","code_format":"[0-9]+"}"""));

        var result = AnnouncementReader.Read(
            Encoding.UTF8.GetBytes($$"""{"schema":1,"type":"test","id":"bench","entities":[{{entities}}]}"""));

        result.Errors.Select(error => (error.Path, error.Code)).ShouldBe(
            [("entities[16].pattern", AnnounceCodes.InvalidValue), ("entities[67].code_format", AnnounceCodes.InvalidValue)]);
        result.Errors[0].Message.ShouldBe("a device has at most 16 different patterns");
        result.Device!.Entities.Length.ShouldBe(66);
    }

    [Test]
    public void A_stored_pattern_that_cannot_be_checked_accepts_each_text()
    {
        var device = DeviceDescription.FromStored(
            """{"schema":1,"type":"t","id":"i","entities":[{"key":"a","platform":"text","pattern":"(?=b)b"}]}"""u8.ToArray());
        var output = new ArrayBufferWriter<byte>();

        var memory = default(StateMemory);
        StateReader.Normalise(device.Entities[0], "anything"u8, output, ref memory).ShouldBeEmpty();

        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe("\"anything\"");
    }

    [Test]
    public void A_texts_length_is_counted_as_home_assistant_does()
    {
        static bool IsAccepted(int faces) => AnnouncementReader.Read(Encoding.UTF8.GetBytes(
            $$"""{"schema":1,"type":"t","id":"i","name":"{{string.Concat(Enumerable.Repeat("😀", faces))}}"}""")).Ok;

        IsAccepted(255).ShouldBeTrue();
        IsAccepted(256).ShouldBeFalse();
    }

    [Test]
    public void An_entity_is_found_by_its_key()
    {
        var device = Devices.Of(
            """{"key":"a","platform":"switch","command_timeout":10}""", """{"key":"b","platform":"event","event_types":["x"]}""");
        device.TryGetEntity("a", out var a).ShouldBeTrue();
        (a!.Platform, a.CommandTimeout, a.HasState, a.IsEvent).ShouldBe(("switch", TimeSpan.FromSeconds(10), true, false));
        device.TryGetEntity("b"u8, out var b).ShouldBeTrue();
        (b!.HasState, b.IsEvent).ShouldBe((false, true));
        Encoding.UTF8.GetString(b.Json.Span).ShouldBe("""{"key":"b","platform":"event","event_types":["x"]}""");
        device.TryGetEntity("c", out _).ShouldBeFalse();
        device.TryGetEntity("not a key", out _).ShouldBeFalse();
        device.TryGetEntity(new string('x', 1000), out _).ShouldBeFalse();
    }

    [Test]
    public void The_order_and_the_spelling_of_an_announcement_do_not_make_it_another()
    {
        var one = Devices.Read("""
            {"schema":1,"type":"t","id":"i","name":"K\u00fcche","entities":[{"key":"a","platform":"number","min":5,"max":10}]}
            """);
        var two = Devices.Read("""
            {"entities": [{"max":10.0, "min":5e0, "platform":"number", "key":"a"}],
             "name":"Küche", "id":"i", "type":"t", "schema":1}
            """);
        two.Json.Span.SequenceEqual(one.Json.Span).ShouldBeTrue();
    }

    [Test]
    public void What_a_newer_version_stored_is_read_as_far_as_it_is_understood()
    {
        const string stored = """
            {"schema":1,"type":"t","id":"i","future":{"a":1},"lease_seconds":"soon","entities":[
              {"key":"a","platform":"hologram"},{"key":"b","platform":"switch","glow":true},7,{"key":"c d","platform":"switch"},
              {"key":"b","platform":"light"},{"key":"l","platform":"light","supported_color_modes":"all"}]}
            """;
        var device = DeviceDescription.FromStored(Encoding.UTF8.GetBytes(stored));
        device.Entities.Select(e => (e.Key, e.Platform)).ShouldBe([("b", "switch"), ("l", "light")]);
        device.Lease.ShouldBeNull();
        Encoding.UTF8.GetString(device.Json.Span).ShouldBe(stored);
    }

    [TestCase("")]
    [TestCase("not json")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"type":"a","id":"*"}""")]
    [TestCase("""{"type":"a","id":"b","x":"\ud800"}""")]
    public void What_names_no_device_is_no_stored_description(string stored)
    {
        DeviceDescription.TryFromStored(Encoding.UTF8.GetBytes(stored), out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => DeviceDescription.FromStored(Encoding.UTF8.GetBytes(stored)));
    }

    [Test]
    public void Health_reports_add_diagnostic_sensors_to_what_is_listed()
    {
        var device = Devices.Of("""{"key":"a","platform":"switch"}""");
        var listed = device.WithHealth(["health_uptime_s", "health_rssi", "health_nonsense"]);
        listed.Entities.Select(e => e.Key).ShouldBe(["a", "health_rssi", "health_uptime_s"]);
        var sensor = JsonNode.Parse(listed.Entities[1].Json.Span)!;
        (sensor["entity_category"]!.GetValue<string>(), sensor["enabled_by_default"]!.GetValue<bool>()).ShouldBe(
            ("diagnostic", false));
        listed.WithHealth(["health_rssi"]).ShouldBeSameAs(listed);
        device.WithHealth([]).ShouldBeSameAs(device);
        device.Entities.Length.ShouldBe(1);
    }

    [Test]
    public void An_announcement_of_more_than_512_KiB_or_1000_entities_is_too_large()
    {
        AnnouncementReader.Read(new byte[AnnouncementReader.MaxBytes + 1]).Errors.Single().Code.ShouldBe(AnnounceCodes.TooLarge);
        var entities = Enumerable.Range(0, 1001).Select(i => $$"""{"key":"s{{i}}","platform":"switch"}""").ToArray();
        Devices.Of(entities[..1000]).Entities.Length.ShouldBe(1000);
        var result = AnnouncementReader.Read(
            Encoding.UTF8.GetBytes($$"""{"schema":1,"type":"t","id":"i","entities":[{{string.Join(",", entities)}}]}"""));
        result.Ok.ShouldBeFalse();
        result.Errors.Single().ShouldSatisfyAllConditions(
            e => e.Path.ShouldBe("entities"), e => e.Code.ShouldBe(AnnounceCodes.TooLarge));
    }

    [Test]
    public void A_message_that_is_wrong_in_a_thousand_places_gets_a_hundred_errors()
    {
        var entities = Enumerable.Range(0, 1000).Select(i => $$"""{"key":"s{{i}}","platform":"swich","x{{i}}":1}""");
        var result = AnnouncementReader.Read(
            Encoding.UTF8.GetBytes($$"""{"schema":1,"type":"t","id":"i","entities":[{{string.Join(",", entities)}}]}"""));
        result.Ok.ShouldBeTrue();
        result.Accepted.ShouldBe(0);
        result.Errors.Length.ShouldBe(100);
        result.Errors[^1].Message.ShouldBe("and 901 more");
    }

    [Test]
    public void A_message_about_a_missing_field_says_what_is_expected()
    {
        var entities = PlatformCatalog.Names.Select(name => $$"""{"key":"{{name}}","platform":"{{name}}"}""")
            .Append("{}").Append("""{"key":"x"}""");
        var result = AnnouncementReader.Read(
            Encoding.UTF8.GetBytes($$"""{"schema":1,"type":"t","id":"i","entities":[{{string.Join(",", entities)}}]}"""));
        var missing = result.Errors.Where(error => error.Code == AnnounceCodes.MissingField).ToArray();
        missing.Select(error => error.Path.Split('.')[^1]).ShouldContain("supported_color_modes");
        foreach (var error in missing)
        {
            error.Message.ShouldContain(" is missing; expected ");
        }
    }

    [Test]
    public void A_remove_request_names_a_device()
    {
        RemoveRequest.TryRead("""{"type":"climate","id":"hall"}"""u8, out var request, out _).ShouldBeTrue();
        request!.Device.ShouldBe(new DeviceId("climate", "hall"));
        RemoveRequest.TryRead("""{"type":"climate"}"""u8, out _, out var missing).ShouldBeFalse();
        missing!.Code.ShouldBe(AnnounceCodes.MissingField);
        RemoveRequest.TryRead("""{"type":"climate","id":"*"}"""u8, out _, out var wrong).ShouldBeFalse();
        wrong!.Code.ShouldBe(AnnounceCodes.InvalidValue);
        RemoveRequest.TryRead("all"u8, out _, out var rubbish).ShouldBeFalse();
        rubbish!.Code.ShouldBe(AnnounceCodes.InvalidJson);
    }
}
