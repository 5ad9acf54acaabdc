using System.Text;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>light</c>, with all its colour modes.</summary>
internal sealed class LightPlatform : PlatformDefinition
{
    private static readonly string[] ColorModes =
        ["onoff", "brightness", "color_temp", "hs", "xy", "rgb", "rgbw", "rgbww", "white"];

    private static readonly string[] Colors = ["hs", "xy", "rgb", "rgbw", "rgbww"];

    /// <summary>Which attribute is the value of which mode; the order of <see cref="Attributes"/> from index 2 on.</summary>
    private static readonly string[] ValueModes = ["color_temp", "hs", "xy", "rgb", "rgbw", "rgbww"];

    private const int MaxKelvin = int.MaxValue;
    private const int ColorMode = 0;
    private const int FirstValue = 2;
    private const int Effect = FirstValue + 6;

    private readonly FieldRule _modes;

    public LightPlatform()
        : base("light")
    {
        _modes = WordsInOrder("supported_color_modes", ColorModes);
        var minKelvin = Whole("min_color_temp_kelvin", 1, MaxKelvin);
        var maxKelvin = Whole("max_color_temp_kelvin", 1, MaxKelvin);
        var effects = Texts("effect_list", implies: "effect");
        FeatureNames("effect", "flash", "transition");

        var level = new NumberRule { Min = 0, Max = 255, Whole = true };
        var effect = new WordRule { Field = effects, Always = new OptionSet(["off"]) };
        State = new OnOffRule();
        // A mode of an effect (onoff, brightness) and unknown are valid, too: Complete and Refuse check them with the rest.
        Attribute("color_mode", new WordRule { Words = new OptionSet([.. ColorModes, "unknown"]) });
        Attribute("brightness", level);
        Attribute("color_temp_kelvin", new NumberRule { Min = 1, Max = MaxKelvin, Whole = true });
        var colors = ColorRules(level);
        foreach (var (name, rule) in colors)
        {
            Attribute(name, rule);
        }

        Attribute("effect", effect);

        var transition = new ParamRule("transition", new NumberRule { Min = 0, Max = 6553 }) { Feature = "transition" };
        var flash = new ParamRule("flash", new WordRule { Words = new OptionSet(["short", "long"]) }) { Feature = "flash" };
        var kelvin = new NumberRule { Min = 1, Max = MaxKelvin, MinField = minKelvin, MaxField = maxKelvin, Whole = true };
        var turnOn = Action("turn_on")
            .Param(Declared("brightness", level, ColorModes[1..]))
            .Param(Declared("color_temp_kelvin", kelvin, "color_temp"));
        foreach (var (name, rule) in colors)
        {
            turnOn.Param(Declared(name, rule, name[..^"_color".Length]));
        }

        turnOn.Param(Declared("white", level, "white"))
            .Param(new ParamRule("effect", effect) { Feature = "effect" }).Param(flash).Param(transition);
        Action("turn_off").Param(transition).Param(flash);
    }

    public override void Check(EntityDraft draft)
    {
        var modes = draft.Texts("supported_color_modes").ToHashSet(StringComparer.Ordinal);
        if (modes.Count > 1 && (modes.Contains("onoff") || modes.Contains("brightness")))
        {
            draft.Error(
                "supported_color_modes", "onoff and brightness stand alone: every other mode can already do what they can");
        }
        else if (modes.Contains("white") && !modes.Overlaps(Colors))
        {
            draft.Error("supported_color_modes", $"white needs a colour beside it: one of {string.Join(", ", Colors)}");
        }

        draft.RequireAtMost("min_color_temp_kelvin", "max_color_temp_kelvin");
    }

    public override void Complete(EntityRules rules, ref StateParts parts)
    {
        // Home Assistant asks only a light that is on for its mode; unknown is as if it were left out.
        var isOn = parts.StateJson.SequenceEqual("\"on\""u8);
        if (!isOn || parts[ColorMode].SequenceEqual("\"unknown\""u8))
        {
            parts.Drop(ColorMode);
        }

        if (!isOn || parts.Has(ColorMode) || rules.Options(_modes) is not { } modes)
        {
            return;
        }

        var inferred = modes.Count == 1 ? modes.Words[0] : null;
        if (inferred is null)
        {
            for (var i = 0; i < ValueModes.Length; i++)
            {
                if (!parts.Has(FirstValue + i) || !modes.Contains(ValueModes[i]))
                {
                    continue;
                }

                if (inferred is not null)
                {
                    // With two values the mode is ambiguous.
                    return;
                }

                inferred = ValueModes[i];
            }
        }

        if (inferred is not null)
        {
            parts.SetText(ColorMode, inferred);
        }
    }

    public override (string Attribute, string Message)? Refuse(EntityRules rules, ref StateParts parts)
    {
        if (!parts.Has(ColorMode) || rules.Options(_modes) is not { } modes || modes.Contains(parts[ColorMode][1..^1]))
        {
            return null;
        }

        // As Home Assistant: while an effect runs, the mode says what the effect lets one adjust.
        var mode = Encoding.UTF8.GetString(parts[ColorMode][1..^1]);
        var inEffect = parts.Has(Effect) && !parts[Effect].SequenceEqual("\"off\""u8);
        return inEffect && (mode == "onoff" || (mode == "brightness" && !modes.Contains("onoff")))
            ? null
            : ("color_mode", $"expected {modes.Describe()}, got {mode}");
    }

    private static (string Name, ValueRule Rule)[] ColorRules(NumberRule level)
    {
        var unit = new NumberRule { Min = 0, Max = 1 };
        var hs = new TupleRule(new NumberRule { Min = 0, Max = 360 }, new NumberRule { Min = 0, Max = 100 });
        return
        [
            ("hs_color", hs),
            ("xy_color", new TupleRule(unit, unit)),
            ("rgb_color", new TupleRule(level, level, level)),
            ("rgbw_color", new TupleRule(level, level, level, level)),
            ("rgbww_color", new TupleRule(level, level, level, level, level)),
        ];
    }

    private ParamRule Declared(string name, ValueRule rule, params string[] modes) =>
        new(name, rule) { DeclaredField = _modes, DeclaredWords = modes, Group = name == "brightness" ? null : "colour" };
}
