using HaNatsBridge.Mqtt.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Mqtt.Tests;

/// <summary>Thermostats, water heaters, humidifiers and fans.</summary>
internal sealed class ClimateTests
{
    [Test]
    public void One_target_and_a_range_take_turns_where_a_thermostat_has_the_modes_for_both()
    {
        var climate = new OneEntity("climate", """
            {"modes":["off","heat","heat_cool"],"mode_command_topic":"m","temperature_command_topic":"t",
            "temperature_low_command_topic":"l","temperature_high_command_topic":"h","initial":20}
            """);
        climate.Do("set_temperature", """{"target_temp_low":18,"target_temp_high":24,"hvac_mode":"heat_cool"}""")
            .ShouldBe("m heat_cool | l 18.0 | h 24.0");
        climate.State.ShouldBe("""{"state":"heat_cool","target_temp_high":24,"target_temp_low":18}""");
        climate.Do("set_hvac_mode", """{"hvac_mode":"heat"}""").ShouldBe("m heat");
        climate.State.ShouldBe("""{"state":"heat","temperature":20}""");
        climate.Do("set_hvac_mode", """{"hvac_mode":"heat_cool"}""");
        climate.State.ShouldBe("""{"state":"heat_cool","target_temp_high":24,"target_temp_low":18}""");
    }

    [TestCase("""["off","dry"]""", "turn_on", "m dry")]
    [TestCase("""["off","cool","heat","auto"]""", "turn_on", "m heat")]
    [TestCase("""["off","cool","auto"]""", "turn_off", "m off")]
    public void Without_a_switch_of_its_own_a_thermostat_is_switched_by_modes(string modes, string action, string expected) =>
        new OneEntity("climate", $$"""{"modes":{{modes}},"mode_command_topic":"m"}""").Do(action).ShouldBe(expected);

    [Test]
    public void A_thermostat_without_the_mode_off_cannot_be_turned_off() =>
        Should.Throw<CommandRefusedException>(
            () => new OneEntity("climate", """{"modes":["heat"],"mode_command_topic":"m"}""").Do("turn_off"));

    [Test]
    public void Power_presets_fans_and_swings_have_topics_of_their_own()
    {
        var climate = new OneEntity("climate", """
            {"power_command_topic":"p","power_command_template":"{{ value|lower }}","payload_on":"YES","preset_modes":["eco"],
            "preset_mode_command_topic":"pm","preset_mode_state_topic":"pms","fan_modes":["low","max"],
            "fan_mode_command_topic":"f",
            "swing_mode_command_topic":"s","swing_horizontal_mode_command_topic":"sh","action_topic":"a",
            "target_humidity_command_topic":"h","current_humidity_topic":"ch"}
            """);
        climate.Do("turn_on").ShouldBe("p yes");
        climate.Do("set_preset_mode", """{"preset_mode":"eco"}""").ShouldBe("pm eco");
        climate.Send("pms", "eco").ShouldContain("\"preset_mode\":\"eco\"");
        climate.Send("pms", "None").ShouldContain("\"preset_mode\":\"none\"");
        climate.Do("set_fan_mode", """{"fan_mode":"max"}""").ShouldBe("f max");
        climate.Do("set_swing_mode", """{"swing_mode":"on"}""").ShouldBe("s on");
        climate.Do("set_swing_horizontal_mode", """{"swing_horizontal_mode":"on"}""").ShouldBe("sh on");
        climate.Do("set_humidity", """{"humidity":44.0}""").ShouldBe("h 44");
        climate.Send("a", "defrosting").ShouldContain("\"hvac_action\":\"defrosting\"");
        climate.Send("ch", "51.5").ShouldContain("\"current_humidity\":51.5");
    }

    [Test]
    public void A_water_heater_sends_its_mode_before_its_temperature()
    {
        var heater = new OneEntity("water_heater", """
            {"mode_command_topic":"m","temperature_command_topic":"t","temperature_unit":"F","modes":["eco","off"]}
            """);
        heater.State.ShouldBe("""{"state":"off","temperature":110}""");
        heater.Do("set_temperature", """{"temperature":120,"operation_mode":"eco"}""").ShouldBe("m eco | t 120.0");
        heater.State.ShouldBe("""{"state":"eco","temperature":120}""");
        Should.Throw<CommandRefusedException>(() => heater.Do("turn_on"));
    }

    [Test]
    public void A_humidifier_refuses_what_is_out_of_its_range()
    {
        var humidifier = new OneEntity("humidifier", """
            {"command_topic":"c","target_humidity_command_topic":"t","target_humidity_state_topic":"ts","min_humidity":30,
            "max_humidity":70,"device_class":"dehumidifier","action_topic":"a"}
            """);
        humidifier.Send("ts", "45.5").ShouldContain("\"humidity\":46");
        humidifier.Send("ts", "90").ShouldContain("\"humidity\":46");
        humidifier.Send("a", "drying").ShouldContain("\"action\":\"drying\"");
        humidifier.Send("ts", "None").ShouldNotContain("\"humidity\"");
    }

    [Test]
    public void Speeds_of_a_fan_are_a_range_of_whole_numbers()
    {
        var fan = new OneEntity("fan", """
            {"command_topic":"c","state_topic":"s","percentage_command_topic":"p","percentage_state_topic":"ps",
            "speed_range_min":1,
            "speed_range_max":3,"direction_command_topic":"d","oscillation_command_topic":"o","payload_oscillation_on":"swing"}
            """);
        fan.Fields["percentage_step"]!.GetValue<double>().ShouldBe(100.0 / 3);
        fan.Do("turn_on", """{"percentage":34}""").ShouldBe("c ON | p 2");
        fan.Do("set_percentage", """{"percentage":0}""").ShouldBe("p 0");
        fan.Send("ps", "2").ShouldContain("\"percentage\":66");
        fan.Send("ps", "4").ShouldContain("\"percentage\":66");
        fan.Send("ps", "None").ShouldNotContain("percentage");
        fan.Do("set_direction", """{"direction":"reverse"}""").ShouldBe("d reverse");
        fan.Do("oscillate", """{"oscillating":true}""").ShouldBe("o swing");
    }
}
