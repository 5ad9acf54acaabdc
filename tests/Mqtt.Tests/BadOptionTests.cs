using HaNatsBridge.Mqtt.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Mqtt.Tests;

/// <summary>A wrong option is an error with its path, and the other components are there.</summary>
internal sealed class BadOptionTests
{
    [TestCase("alarm_control_panel", """{"command_topic":"c"}""", "state_topic")]
    [TestCase("alarm_control_panel", """{"command_topic":"c","state_topic":"s","supported_features":["fly"]}""",
        "supported_features")]
    [TestCase("camera", """{"name":"x"}""", "topic")]
    [TestCase("camera", """{"topic":"t","image_encoding":"b32"}""", "image_encoding")]
    [TestCase("climate", """{"modes":["party"]}""", "modes")]
    [TestCase("climate", """{"preset_modes":["eco"]}""", "preset_mode_command_topic")]
    [TestCase("climate", """{"preset_modes":["none"],"preset_mode_command_topic":"p"}""", "preset_modes")]
    [TestCase("climate", """{"target_humidity_state_topic":"h"}""", "target_humidity_command_topic")]
    [TestCase("climate", """{"min_humidity":60,"max_humidity":50}""", "max_humidity")]
    [TestCase("climate", """{"max_humidity":120}""", "max_humidity")]
    [TestCase("climate", """{"precision":0.3}""", "precision")]
    [TestCase("climate", """{"temperature_unit":"K"}""", "temperature_unit")]
    [TestCase("cover", """{"set_position_topic":"p"}""", "position_topic")]
    [TestCase("cover", """{"tilt_command_template":"{{ 1 }}"}""", "tilt_command_topic")]
    [TestCase("cover", """{"command_topic":"c","device_class":"door of sorts"}""", "device_class")]
    [TestCase("date", """{"name":"x"}""", "command_topic")]
    [TestCase("datetime", """{"command_topic":"c","timezone":"Europe/Nowhere"}""", "timezone")]
    [TestCase("device_tracker", """{"name":"x"}""", "state_topic")]
    [TestCase("device_tracker", """{"state_topic":"s","source_type":"smell"}""", "source_type")]
    [TestCase("event", """{"state_topic":"s"}""", "event_types")]
    [TestCase("fan", """{"command_topic":"c","speed_range_min":0}""", "speed_range_min")]
    [TestCase("fan", """{"command_topic":"c","speed_range_min":5,"speed_range_max":5}""", "speed_range_max")]
    [TestCase("fan", """{"command_topic":"c","preset_mode_command_topic":"p"}""", "preset_modes")]
    [TestCase("fan", """{"command_topic":"c","preset_mode_command_topic":"p","preset_modes":["None"]}""", "preset_modes")]
    [TestCase("humidifier", """{"command_topic":"c"}""", "target_humidity_command_topic")]
    [TestCase("humidifier", """{"command_topic":"c","target_humidity_command_topic":"t","modes":["auto"]}""",
        "mode_command_topic")]
    [TestCase("image", """{"name":"x"}""", "image_topic")]
    [TestCase("image", """{"image_topic":"i","url_topic":"u"}""", "url_topic")]
    [TestCase("image", """{"url_topic":"u","content_type":"image/png"}""", "content_type")]
    [TestCase("infrared", """{"command_topic":"c"}""", "schema")]
    [TestCase("infrared", """{"schema":"receiver"}""", "state_topic")]
    [TestCase("lawn_mower", """{"dock_command_topic":"d/+"}""", "dock_command_topic")]
    [TestCase("light", """{"command_topic":"c","schema":"xml"}""", "schema")]
    [TestCase("light", """{"command_topic":"c","white_command_topic":"w"}""", "white_command_topic")]
    [TestCase("light", """{"command_topic":"c","on_command_type":"never"}""", "on_command_type")]
    [TestCase("light", """{"command_topic":"c","brightness_scale":0}""", "brightness_scale")]
    [TestCase("light", """{"command_topic":"c","schema":"json","supported_color_modes":["infrared"]}""", "supported_color_modes")]
    [TestCase("light", """{"command_topic":"c","schema":"json","supported_color_modes":["onoff","rgb"]}""",
        "supported_color_modes")]
    [TestCase("light", """{"command_topic":"c","schema":"template","command_on_template":"on"}""", "command_off_template")]
    [TestCase("lock", """{"command_topic":"c/#"}""", "command_topic")]
    [TestCase("lock", """{"command_topic":"c","code_format":"("}""", "code_format")]
    [TestCase("notify", """{"command_topic":""}""", "command_topic")]
    [TestCase("number", """{"command_topic":"c","min":5,"max":1}""", "max")]
    [TestCase("number", """{"command_topic":"c","step":0}""", "step")]
    [TestCase("number", """{"command_topic":"c","mode":"wheel"}""", "mode")]
    [TestCase("scene", """{"command_topic":["c"]}""", "command_topic")]
    [TestCase("select", """{"command_topic":"c"}""", "options")]
    [TestCase("siren", """{"command_topic":"c","support_duration":"perhaps"}""", "support_duration")]
    [TestCase("text", """{"command_topic":"c","max":300}""", "max")]
    [TestCase("time", """{"command_topic":"c","value_template":"{{ nobody| }}"}""", "value_template")]
    [TestCase("update", """{"command_topic":"c"}""", "state_topic")]
    [TestCase("vacuum", """{"clean_segments_command_topic":"c"}""", "unique_id")]
    [TestCase("vacuum", """{"state_topic":"s/+"}""", "state_topic")]
    [TestCase("valve", """{"reports_position":true,"state_open":"x"}""", "state_open")]
    [TestCase("water_heater", """{"command_topic":"c","initial":"warm"}""", "initial")]
    public void It_is_reported_with_its_path(string component, string options, string path)
    {
        var one = new OneEntity(component, options);
        one.WrongPaths.ShouldContain(path);
        one.Recorder.Devices.ShouldBeEmpty();
    }

    [Test]
    public void Siblings_of_a_wrong_component_are_there()
    {
        var one = new OneEntity("device", """
            {"device":{"identifiers":["d"],"name":"D"},"components":{
              "bad":{"platform":"switch","unique_id":"bad"},
              "good":{"platform":"switch","unique_id":"good","command_topic":"c"}}}
            """);
        one.WrongPaths.ShouldHaveSingleItem().ShouldEndWith("command_topic");
        one.Recorder.Devices.Values.ShouldHaveSingleItem().Entities.ShouldHaveSingleItem().Key.ShouldBe("good");
    }

    [TestCaseSource(nameof(Components))]
    public void No_payload_throws(string component)
    {
        var topics = string.Join(',', new[]
        {
            "state_topic", "topic", "position_topic", "tilt_status_topic", "mode_state_topic", "temperature_state_topic",
            "percentage_state_topic", "activity_state_topic", "json_attributes_topic", "brightness_state_topic",
            "rgb_state_topic",
            "color_temp_state_topic", "hs_state_topic", "latest_version_topic", "current_temperature_topic", "action_topic",
            "target_humidity_state_topic", "availability_topic", "image_topic", "effect_state_topic", "xy_state_topic",
        }.Select(name => $"\"{name}\":\"in\""));
        foreach (var schema in (string[])["basic", "json", "template", "receiver"])
        {
            var one = new OneEntity(component, $$"""
                {{{topics}},"command_topic":"out","schema":"{{schema}}","event_types":["a"],"options":["a"],
                "command_on_template":"1","command_off_template":"0","target_humidity_command_topic":"t",
                "percentage_command_topic":"p",
                "rgb_command_topic":"r","brightness_command_topic":"b","color_temp_command_topic":"k"}
                """);
            foreach (var payload in (string[])
                ["", " ", "None", "null", "{}", "[]", "[1]", "{\"state\":null}", "{\"state\":{}}",
                    "{\"state\":[1],\"brightness\":{}}",
                    "1", "-1", "1e999", "nan", "ON", "\"", "{\"a\":1,\"a\":2}", "0,0,0", "1,2", ",", "{\"position\":null}",
                    "{\"color_mode\":\"rgb\",\"state\":\"ON\",\"color\":{\"r\":\"x\"}}", "{\"segments\":{\"1\":{}}}",
                    "\ud83d\ude00"])
            {
                Should.NotThrow(() => one.Send("in", payload), $"{component} {schema} {payload}");
            }
        }
    }

    private static readonly string[] Components =
    [
        "sensor", "binary_sensor", "button",
        "alarm_control_panel", "camera", "climate", "cover", "date", "datetime", "device_tracker", "event", "fan", "humidifier",
        "image", "infrared", "lawn_mower", "light", "lock", "notify", "number", "scene", "select", "siren", "switch", "text",
        "time",
        "update", "vacuum", "valve", "water_heater",
    ];
}
