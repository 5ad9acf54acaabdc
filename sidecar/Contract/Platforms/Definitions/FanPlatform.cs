using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>fan</c>. Speeds are percentages; 0 is off.</summary>
internal sealed class FanPlatform : PlatformDefinition
{
    public FanPlatform()
        : base("fan")
    {
        var presets = Texts("preset_modes", implies: "preset_mode");
        Positive("percentage_step", max: 100, implies: "set_speed");
        FeatureNames("set_speed", "oscillate", "direction", "preset_mode", "turn_off", "turn_on");
        DefaultFeatures = ["turn_off", "turn_on"];

        var percentage = new NumberRule { Min = 0, Max = 100, Whole = true };
        var preset = new WordRule { Field = presets };
        var oscillating = new BooleanRule();
        var direction = new WordRule { Words = new OptionSet(["forward", "reverse"]) };
        State = new OnOffRule();
        Attribute("percentage", percentage);
        Attribute("preset_mode", preset);
        Attribute("oscillating", oscillating);
        Attribute("direction", direction);

        Action("turn_on", "turn_on")
            .Param(new ParamRule("percentage", percentage) { Feature = "set_speed" })
            .Param(new ParamRule("preset_mode", preset) { Feature = "preset_mode" });
        Action("turn_off", "turn_off");
        Action("set_percentage", "set_speed").Required("percentage", percentage);
        Action("set_preset_mode", "preset_mode").Required("preset_mode", preset);
        Action("oscillate", "oscillate").Required("oscillating", oscillating);
        Action("set_direction", "direction").Required("direction", direction);
    }
}
