using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>siren</c>.</summary>
internal sealed class SirenPlatform : PlatformDefinition
{
    private const double MaxDuration = 86_400;

    public SirenPlatform()
        : base("siren")
    {
        var tones = Texts("available_tones", implies: "tones");
        FeatureNames("turn_on", "turn_off", "tones", "volume_set", "duration");
        DefaultFeatures = ["turn_on", "turn_off"];
        State = new OnOffRule();
        Action("turn_on", "turn_on")
            .Param(new ParamRule("tone", new WordRule { Field = tones }) { Feature = "tones" })
            .Param(new ParamRule("volume_level", new NumberRule { Min = 0, Max = 1 }) { Feature = "volume_set" })
            .Param(
                new ParamRule("duration", new NumberRule { Min = 0, Max = MaxDuration, Whole = true }) { Feature = "duration" });
        Action("turn_off", "turn_off");
    }
}
