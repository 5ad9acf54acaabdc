using HaNatsBridge.Mqtt.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Mqtt.Tests;

/// <summary>Lights of the three schemas.</summary>
internal sealed class LightTests
{
    [Test]
    public void A_basic_light_sends_each_value_to_its_topic_in_order()
    {
        var light = new OneEntity("light", """
            {"command_topic":"c","state_topic":"s","brightness_command_topic":"b","brightness_scale":100,
            "rgb_command_topic":"rgb",
            "rgb_command_template":"{{ red }}/{{ green }}/{{ blue }}","color_temp_command_topic":"k","color_temp_kelvin":true,
            "effect_command_topic":"e","effect_list":["calm"],"optimistic":true}
            """);
        light.Do("turn_on", """{"rgb_color":[255,128,0],"brightness":128,"effect":"calm"}""")
            .ShouldBe("rgb 255/128/0 | b 50 | e calm | c ON");
        light.State.ShouldBe("""{"state":"on","brightness":128,"color_mode":"rgb","effect":"calm","rgb_color":[255,128,0]}""");
        light.Do("turn_on", """{"color_temp_kelvin":3000}""").ShouldBe("k 3000 | c ON");
        light.State.ShouldContain("\"color_temp_kelvin\":3000");
        light.Do("turn_off").ShouldBe("c OFF");
        light.State.ShouldBe("\"off\"");
    }

    [TestCase("first", """{"brightness":10}""", "c ON | b 10")]
    [TestCase("last", """{"brightness":10}""", "b 10 | c ON")]
    [TestCase("brightness", "{}", "b 255")]
    [TestCase("brightness", """{"brightness":10}""", "b 10")]
    public void The_command_to_turn_on_comes_first_last_or_never(string type, string parameters, string expected) =>
        new OneEntity("light", $$"""{"command_topic":"c","brightness_command_topic":"b","on_command_type":"{{type}}"}""")
            .Do("turn_on", parameters).ShouldBe(expected);

    [TestCase("rgb", "rgb_color", "[255,255,255]", "128,128,128")]
    [TestCase("rgbw", "rgbw_color", "[255,255,255,255]", "128,128,128,128")]
    [TestCase("rgbww", "rgbww_color", "[255,255,255,255,255]", "128,128,128,128,128")]
    public void Channels_carry_the_brightness_where_it_has_no_topic(string mode, string attribute, string color, string channels)
    {
        var light = new OneEntity("light", $$"""
            {"command_topic":"c","{{mode}}_command_topic":"x","{{mode}}_state_topic":"xs","state_topic":"s"}
            """);
        light.Do("turn_on", """{"brightness":128}""").ShouldBe($"x {channels} | c ON");
        light.Send("s", "ON");
        light.Send("xs", channels).ShouldContain($"\"{attribute}\":{color}");
        light.State.ShouldContain("\"brightness\":128");
    }

    [Test]
    public void Colour_temperatures_in_mireds_are_converted_both_ways()
    {
        var light = new OneEntity("light", """
            {"command_topic":"c","state_topic":"s","color_temp_command_topic":"k","color_temp_state_topic":"ks","min_mireds":153,
            "max_mireds":500}
            """);
        (light.Fields["min_color_temp_kelvin"]!.GetValue<int>(), light.Fields["max_color_temp_kelvin"]!.GetValue<int>())
            .ShouldBe((2000, 6535));
        light.Do("turn_on", """{"color_temp_kelvin":4000}""").ShouldBe("k 250 | c ON");
        light.Send("s", "ON");
        light.Send("ks", "400").ShouldBe("""{"state":"on","color_mode":"color_temp","color_temp_kelvin":2500}""");
    }

    [Test]
    public void A_light_that_is_off_remembers_its_brightness()
    {
        var light = new OneEntity("light", """{"schema":"json","command_topic":"c","state_topic":"s","brightness":true}""");
        light.Send("s", """{"state":"ON","brightness":77}""")
            .ShouldBe("""{"state":"on","brightness":77,"color_mode":"brightness"}""");
        light.Send("s", """{"state":"OFF","brightness":0}""").ShouldBe("\"off\"");
        light.Send("s", """{"state":"ON"}""").ShouldBe("""{"state":"on","brightness":77,"color_mode":"brightness"}""");
    }

    [Test]
    public void A_JSON_light_scales_white_and_sends_flash_and_transition()
    {
        var light = new OneEntity("light", """
            {"schema":"json","command_topic":"c","supported_color_modes":["rgb","white"],"white_scale":100,"flash_time_long":7}
            """);
        light.Do("turn_on", """{"white":255,"transition":2}""").ShouldBe("""c {"state":"ON","transition":2.0,"white":100}""");
        light.Do("turn_on", """{"rgb_color":[255,0,10],"brightness":128}""")
            .ShouldBe("""c {"state":"ON","color":{"r":128,"g":0,"b":5}}""");
        light.Do("turn_off", """{"flash":"long"}""").ShouldBe("""c {"state":"OFF","flash":7}""");
    }

    [Test]
    public void A_template_light_renders_its_commands_and_reads_its_states()
    {
        var light = new OneEntity("light", """
            {"schema":"template","command_topic":"c","state_topic":"s",
            "command_on_template":"on,{{ brightness|default('-') }},{{ [red, green, blue]|join('-') if red is defined }}",
            "command_off_template":"off{% if transition is defined %},{{ transition }}{% endif %}",
            "state_template":"{{ value.split(',')[0] }}","brightness_template":"{{ value.split(',')[1] }}",
            "red_template":"{{ value.split(',')[2] }}","green_template":"{{ value.split(',')[3] }}",
            "blue_template":"{{ value.split(',')[4] }}"}
            """);
        light.Do("turn_on", """{"brightness":9,"hs_color":[0,100]}""").ShouldBe("c on,9,255-0-0");
        light.Do("turn_off", """{"transition":3}""").ShouldBe("c off,3.0");
        light.Send("s", "on,200,0,255,0").ShouldBe("""{"state":"on","brightness":200,"color_mode":"hs","hs_color":[120,100]}""");
        light.Send("s", "off,200,0,255,0").ShouldBe("\"off\"");
    }

    [Test]
    public void An_attribute_of_the_device_never_takes_the_place_of_the_lights_own()
    {
        var light = new OneEntity("light", """{"command_topic":"c","state_topic":"s","json_attributes_topic":"a"}""");
        light.Send("s", "ON");
        light.Send("a", """{"brightness":5,"color_mode":"rgb","linkquality":9}""")
            .ShouldBe("""{"state":"on","color_mode":"onoff","linkquality":9}""");
    }
}
