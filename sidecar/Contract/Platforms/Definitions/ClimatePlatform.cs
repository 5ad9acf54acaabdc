using System.Text.Json;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>climate</c>. Temperatures are in the entity's own <c>temperature_unit</c>.</summary>
internal sealed class ClimatePlatform : PlatformDefinition
{
    private static readonly string[] HvacModes = ["off", "heat", "cool", "heat_cool", "auto", "dry", "fan_only"];

    public ClimatePlatform()
        : base("climate")
    {
        var hvacModes = Words("hvac_modes", HvacModes, required: true);
        var minTemp = Number("min_temp");
        var maxTemp = Number("max_temp");
        Number("target_temp_step", 0);
        Word("temperature_unit", "°C", "°F", "K");
        Number("precision", 0);
        var minHumidity = Number("min_humidity");
        var maxHumidity = Number("max_humidity");
        Number("target_humidity_step", 0);
        var presets = Texts("preset_modes", implies: "preset_mode");
        var fans = Texts("fan_modes", implies: "fan_mode");
        var swings = Texts("swing_modes", implies: "swing_mode");
        var horizontal = Texts("swing_horizontal_modes", implies: "swing_horizontal_mode");
        FeatureNames("target_temperature", "target_temperature_range", "target_humidity", "fan_mode", "preset_mode", "swing_mode",
            "turn_off", "turn_on", "swing_horizontal_mode");

        var number = new NumberRule();
        State = new WordRule { Field = hvacModes };
        Attribute("current_temperature", number);
        Attribute("temperature", number);
        Attribute("target_temp_high", number);
        Attribute("target_temp_low", number);
        Attribute("current_humidity", number);
        Attribute("humidity", number);
        Attribute("hvac_action", new WordRule
        {
            Words = new OptionSet(["off", "idle", "heating", "cooling", "drying", "fan", "preheating", "defrosting"]),
        });
        Attribute("fan_mode", new WordRule { Field = fans });
        Attribute("preset_mode", new WordRule { Field = presets, Always = new OptionSet(["none"]) });
        Attribute("swing_mode", new WordRule { Field = swings });
        Attribute("swing_horizontal_mode", new WordRule { Field = horizontal });

        var temperature = new NumberRule { MinField = minTemp, MaxField = maxTemp };
        string[] targets = ["target_temperature", "target_temperature_range"];
        Action(new ActionRule("set_temperature") { Features = targets, Together = CheckTemperatures })
            .Param(new ParamRule("temperature", temperature) { Feature = "target_temperature", Group = "a target or a range" })
            .Param(new ParamRule("target_temp_high", temperature) { Feature = "target_temperature_range" })
            .Param(new ParamRule("target_temp_low", temperature) { Feature = "target_temperature_range" })
            .Param("hvac_mode", new WordRule { Field = hvacModes });
        Action("set_humidity", "target_humidity")
            .Required("humidity", new NumberRule { MinField = minHumidity, MaxField = maxHumidity });
        Action("set_hvac_mode").Required("hvac_mode", new WordRule { Field = hvacModes });
        Action("set_preset_mode", "preset_mode").Required("preset_mode", new WordRule { Field = presets });
        Action("set_fan_mode", "fan_mode").Required("fan_mode", new WordRule { Field = fans });
        Action("set_swing_mode", "swing_mode").Required("swing_mode", new WordRule { Field = swings });
        Action("set_swing_horizontal_mode", "swing_horizontal_mode")
            .Required("swing_horizontal_mode", new WordRule { Field = horizontal });
        Action("turn_on", "turn_on");
        Action("turn_off", "turn_off");
    }

    public override void Check(EntityDraft draft)
    {
        draft.RequireAtMost("min_temp", "max_temp");
        draft.RequireAtMost("min_humidity", "max_humidity");
    }

    private static (string Name, string Message)? CheckTemperatures(EntityRules rules, JsonElement parameters)
    {
        var target = parameters.TryGetProperty("temperature", out _);
        var high = parameters.TryGetProperty("target_temp_high", out var highest);
        var low = parameters.TryGetProperty("target_temp_low", out var lowest);
        if (!target && !high && !low)
        {
            return ("temperature", "expected temperature, or target_temp_high and target_temp_low");
        }

        if (target && (high || low))
        {
            return ("temperature", "expected either temperature, or target_temp_high and target_temp_low");
        }

        if (high != low)
        {
            return (high ? "target_temp_low" : "target_temp_high", "target_temp_high and target_temp_low go together");
        }

        return high && lowest.GetDouble() > highest.GetDouble() ? ("target_temp_low", "expected at most target_temp_high") : null;
    }
}
