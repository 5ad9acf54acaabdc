using HaNatsBridge.Mqtt.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Mqtt.Tests;

/// <summary>Components of one value: numbers, texts, times, events, signals, pictures, versions, sirens, places.</summary>
internal sealed class ValueTests
{
    [TestCase("21", "c 21")]
    [TestCase("21.0", "c 21")]
    [TestCase("21.25", "c 21.25")]
    public void Whole_numbers_are_sent_without_a_fraction(string value, string expected)
    {
        var number = new OneEntity("number", """{"command_topic":"c","min":"-10","max":50,"step":0.25}""");
        number.Do("set_value", $$"""{"value":{{value}}}""").ShouldBe(expected);
        number.Fields["min"]!.GetValue<double>().ShouldBe(-10);
        number.Fields["assumed_state"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Test]
    public void A_number_out_of_range_changes_nothing()
    {
        var number = new OneEntity("number", """{"command_topic":"c","state_topic":"s","payload_reset":"gone"}""");
        number.Send("s", "50").ShouldBe("50");
        number.Send("s", "101").ShouldBe("50");
        number.Send("s", "gone").ShouldBe("null");
    }

    [Test]
    public void A_time_of_day_reaches_the_command_template_as_one()
    {
        var time = new OneEntity("time", """
            {"command_topic":"c","command_template":"{{ value.hour }}h{{ value.minute }} {{ value }}"}
            """);
        time.Do("set_value", """{"time":"06:45:00"}""").ShouldBe("c 6h45 06:45:00");
        time.State.ShouldBe("\"06:45:00\"");
    }

    [TestCase("2026-12-24", "\"2026-12-24\"")]
    [TestCase("24 Dec 2026", "\"2026-12-24\"")]
    [TestCase("20261224", "\"2026-12-24\"")]
    [TestCase("2026-12-24T18:30:00+01:00", "\"2026-12-24\"")]
    [TestCase("soon", "null")]
    public void Dates_are_read_in_many_forms(string payload, string expected) =>
        new OneEntity("date", """{"command_topic":"c","state_topic":"s"}""").Send("s", payload).ShouldBe(expected);

    [TestCase("", "2026-12-24T18:30:00+01:00", "\"2026-12-24T17:30:00+00:00\"")]
    [TestCase("", "2026-12-24T18:30:00", "null")]
    [TestCase("""
        ,"timezone":"Europe/Berlin"
        """, "2026-12-24T18:30:00", "\"2026-12-24T17:30:00+00:00\"")]
    [TestCase("""
        ,"timezone":"Europe/Berlin"
        """, "2026-12-24T18:30:00Z", "null")]
    public void A_time_has_its_offset_or_the_description_names_the_zone(string option, string payload, string expected) =>
        new OneEntity("datetime", $$"""{"command_topic":"c","state_topic":"s"{{option}}}""").Send("s", payload)
            .Replace("\\u002B", "+", StringComparison.Ordinal).ShouldBe(expected);

    [Test]
    public void A_stored_message_is_no_event_and_no_signal()
    {
        var bell = new OneEntity("event", """{"state_topic":"s","event_types":["ring"]}""");
        bell.Send("s", """{"event_type":"ring"}""", isRetained: true);
        bell.Recorder.Events.ShouldBeEmpty();
        bell.Send("s", """{"event_type":"ring","n":1}""");
        bell.Send("s", """{"event_type":"knock"}""");
        bell.Recorder.Events.ShouldHaveSingleItem().Attributes!.ToJsonString().ShouldBe("""{"n":1}""");
        var eye = new OneEntity("infrared", """{"schema":"receiver","state_topic":"s"}""");
        eye.Send("s", """{"timings":[1,-2]}""", isRetained: true);
        eye.Recorder.Events.ShouldBeEmpty();
    }

    [Test]
    public void An_emitter_gets_timings_carrier_and_repeats()
    {
        var emitter = new OneEntity("infrared", """{"schema":"emitter","command_topic":"c"}""");
        emitter.Do("send_command", """{"timings":[900,-450],"modulation":38000}""")
            .ShouldBe("""c {"timings":[900,-450],"modulation":38000,"repeat_count":0}""");
    }

    [TestCase("camera", """{"topic":"t","image_encoding":"b64"}""", "image/jpeg")]
    [TestCase("image", """{"image_topic":"t","image_encoding":"b64","content_type":"image/png"}""", "image/png")]
    public void Pictures_may_be_text(string component, string options, string type)
    {
        var camera = new OneEntity(component, options);
        camera.Send("t", "AQID");
        camera.Recorder.Pictures.Values.ShouldHaveSingleItem().ContentType.ShouldBe(type);
        camera.Recorder.Pictures.Values.Single().Bytes.ShouldBe(new byte[] { 1, 2, 3 });
        camera.Send("t", "AQI");
        camera.Recorder.Unused.ShouldNotBeEmpty();
    }

    [Test]
    public void A_picture_may_be_at_an_address()
    {
        var image = new OneEntity("image", """{"url_topic":"u","url_template":"https://a.example/{{ value }}"}""");
        image.Send("u", "x.png").ShouldContain("\"image_url\":\"https://a.example/x.png\"");
    }

    [Test]
    public void An_update_tells_versions_and_progress_and_one_wrong_member_spoils_the_message()
    {
        var update = new OneEntity("update", """
            {"state_topic":"s","latest_version_topic":"l","command_topic":"c","payload_install":"go","title":"Firmware"}
            """);
        update.Send("s", "1.0").ShouldContain("\"installed_version\":\"1.0\"");
        update.Send("l", "1.1").ShouldContain("\"latest_version\":\"1.1\"");
        update.Send("s", """{"update_percentage":40,"title":"New"}""").ShouldContain("\"update_percentage\":40");
        update.Fields["title"]!.GetValue<string>().ShouldBe("New");
        update.Send("s", """{"installed_version":"9","update_percentage":140}""").ShouldContain("\"installed_version\":\"1.0\"");
        update.Send("s", """{"update_percentage":null}""").ShouldContain("\"in_progress\":false");
        update.Do("install").ShouldBe("c go");
    }

    [Test]
    public void A_siren_sends_what_it_was_called_with()
    {
        var siren = new OneEntity("siren", """
            {"command_topic":"c","available_tones":["ping"],"command_off_template":"{{ value }}!"}
            """);
        siren.Do("turn_on", """{"tone":"ping","volume_level":1,"duration":5}""")
            .ShouldBe("""c {"state":"ON","tone":"ping","volume_level":1.0,"duration":5}""");
        siren.State.ShouldBe("""{"state":"on","duration":5,"tone":"ping","volume_level":1}""");
        siren.Do("turn_off").ShouldBe("c OFF!");
    }

    [Test]
    public void A_tracker_is_at_home_in_a_zone_or_at_a_position()
    {
        var phone = new OneEntity("device_tracker", """
            {"state_topic":"s","json_attributes_topic":"a","payload_home":"in"}
            """);
        phone.Send("s", "in").ShouldBe("\"home\"");
        phone.Send("s", "Büro 2").ShouldBe("""{"state":"not_home","in_zones":["zone.buro_2"]}""");
        phone.Send("s", "None").ShouldBe("null");
        phone.Send("a", """{"latitude":1.5,"longitude":2,"gps_accuracy":"x","battery":9}""")
            .ShouldBe("""{"state":null,"gps_accuracy":0,"latitude":1.5,"longitude":2,"battery":9}""");
        phone.Send("a", """{"latitude":1.5}""").ShouldBe("null");
    }

    [Test]
    public void A_text_that_does_not_fit_changes_nothing()
    {
        var text = new OneEntity("text", """{"command_topic":"c","state_topic":"s","min":2,"max":4,"pattern":"[a-z]+$"}""");
        text.Send("s", "abc").ShouldBe("\"abc\"");
        text.Send("s", "a").ShouldBe("\"abc\"");
        text.Send("s", "ABC").ShouldBe("\"abc\"");
    }

    [Test]
    public void Bytes_and_other_encodings_are_published_as_such()
    {
        var select = new OneEntity("select", """{"command_topic":"c","options":["ä"],"encoding":"latin1"}""");
        select.Do("select_option", """{"option":"ä"}""").ShouldBe("c \ufffd");
        var notify = new OneEntity("notify", """{"command_topic":"c","command_template":"b'\\x41'"}""");
        notify.Do("send_message", """{"message":"m"}""").ShouldBe("c A");
    }

    [TestCase("""
        "payload":null,"value_template":null
        """, "anything", true)]
    [TestCase("""
        "payload":"on","value_template":"{{ value_json.a }}"
        """, "{\"a\":\"on\"}", true)]
    [TestCase("""
        "payload":"on","value_template":"{{ value_json.a }}"
        """, "on", false)]
    public void A_trigger_fires_by_its_payload_or_by_any(string options, string payload, bool fires)
    {
        var button = new OneEntity("device_automation", $$"""
            {"automation_type":"trigger","topic":"t","type":"press","subtype":"one","device":{"identifiers":["d"]},{{options}}}
            """);
        button.Send("t", payload);
        button.Recorder.Events.Count.ShouldBe(fires ? 1 : 0);
        button.Recorder.Errors.ShouldBeEmpty();
    }

    [Test]
    public void A_tag_reader_ignores_what_its_template_cannot_read()
    {
        var reader = new OneEntity("tag", """
            {"topic":"t","value_template":"{{ value_json.card.id }}","device":{"identifiers":["d"]}}
            """);
        reader.Send("t", "no card");
        reader.Send("t", """{"card":{"id":" 04AB "}}""");
        reader.Recorder.Events.ShouldHaveSingleItem().Attributes!.ToJsonString().ShouldBe("""{"tag_id":"04AB"}""");
    }

    [Test]
    public void A_scene_without_a_payload_says_so() =>
        Should.Throw<CommandRefusedException>(() => new OneEntity("scene", """{"command_topic":"c"}""").Do("turn_on"))
            .Message.ShouldContain("payload_on");
}
