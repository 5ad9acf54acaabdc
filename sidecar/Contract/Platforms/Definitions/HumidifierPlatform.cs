using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>humidifier</c>, also for dehumidifiers.</summary>
internal sealed class HumidifierPlatform : PlatformDefinition
{
    public HumidifierPlatform()
        : base("humidifier")
    {
        DeviceClasses(["humidifier", "dehumidifier"]);
        var min = Number("min_humidity", 0, 100);
        var max = Number("max_humidity", 0, 100);
        Positive("target_humidity_step");
        var modes = Texts("available_modes", implies: "modes");
        FeatureNames("modes");

        var percent = new NumberRule { Min = 0, Max = 100 };
        State = new OnOffRule();
        Attribute("action", new WordRule { Words = new OptionSet(["humidifying", "drying", "idle", "off"]) });
        Attribute("current_humidity", percent);
        Attribute("humidity", percent);
        Attribute("mode", new WordRule { Field = modes });

        Action("turn_on");
        Action("turn_off");
        Action("set_humidity").Required("humidity", new NumberRule { Min = 0, Max = 100, MinField = min, MaxField = max });
        Action("set_mode", "modes").Required("mode", new WordRule { Field = modes });
    }
}
