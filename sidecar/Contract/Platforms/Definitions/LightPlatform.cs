using System.Numerics;
using System.Text;
using HaNatsBridge.Contract.Platforms.Rules;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>light</c>, with all its colour modes.</summary>
internal sealed class LightPlatform : PlatformDefinition
{
    private static readonly string[] ColorModes =
        ["onoff", "brightness", "color_temp", "hs", "xy", "rgb", "rgbw", "rgbww", "white"];

    private static readonly string[] Colors = ["hs", "xy", "rgb", "rgbw", "rgbww"];

    private static readonly OptionSet AllModes = new(ColorModes);

    /// <summary>Which attribute is the value of which mode; the order of <see cref="Attributes"/> from index 2 on.</summary>
    private static readonly string[] ValueModes = ["color_temp", "hs", "xy", "rgb", "rgbw", "rgbww"];

    private const string Unknown = "unknown";
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
        // A mode of an effect (onoff, brightness) and unknown are valid, too: Complete checks them with the rest.
        Attribute("color_mode", new WordRule { Words = new OptionSet([.. ColorModes, Unknown]) });
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

    public override void Complete(EntityRules rules, ref StateParts parts, ref StateMemory memory)
    {
        // Home Assistant asks only a light that is on for its mode.
        if (!parts.StateJson.SequenceEqual("\"on\""u8))
        {
            parts.Drop(ColorMode);
            return;
        }

        if (rules.Options(_modes) is not { Count: > 0 } modes)
        {
            return;
        }

        var fault = Refuse(modes, ref parts);
        if (fault is not null || !parts.Has(ColorMode) || parts[ColorMode].SequenceEqual("\"unknown\""u8))
        {
            parts.Drop(ColorMode);
            InferMode(modes, ref parts, memory, fault);
        }

        // While an effect runs it may be none of the declared ones.
        if (parts.Has(ColorMode) && modes.Contains(parts[ColorMode][1..^1]))
        {
            memory.ColorMode = (byte)(AllModes.IndexOf(parts[ColorMode][1..^1]) + 1);
        }
    }

    /// <summary>What is wrong with the mode of the message; null when it is right, unknown or left out.</summary>
    private static string? Refuse(OptionSet modes, ref StateParts parts)
    {
        if (!parts.Has(ColorMode) || modes.Contains(parts[ColorMode][1..^1]))
        {
            return null;
        }

        // As Home Assistant: while an effect runs, the mode says what the effect lets one adjust.
        var mode = Encoding.UTF8.GetString(parts[ColorMode][1..^1]);
        var inEffect = parts.Has(Effect) && !parts[Effect].SequenceEqual("\"off\""u8);
        return mode == Unknown || (inEffect && (mode == "onoff" || (mode == "brightness" && !modes.Contains("onoff"))))
            ? null
            : $"expected {modes.Describe()}, got {mode}";
    }

    /// <summary>
    /// The only mode, else the one whose value is present, else the one that the light had, else the first declared one that
    /// fits: without a mode Home Assistant shows neither brightness nor colour (docs/devices.md, "State").
    /// </summary>
    private static void InferMode(OptionSet modes, ref StateParts parts, StateMemory memory, string? fault)
    {
        var fitting = Present(modes, ref parts);
        fitting = fitting != 0 ? fitting : Declared(modes);
        var mode = memory.ColorMode - 1;
        var why = "the mode it had";
        if (BitOperations.IsPow2(fitting))
        {
            mode = BitOperations.Log2(fitting);
            why = "the only one that fits";
        }
        else if (mode < 0 || !Has(fitting, mode))
        {
            mode = FirstOf(modes, fitting);
            why = "the first declared one that fits";
        }

        if (mode >= 0)
        {
            parts.SetText(ColorMode, ColorModes[mode]);
        }

        if (fault is not null)
        {
            parts.Wrong("color_mode", mode < 0 ? fault : $"{fault}; {ColorModes[mode]} is assumed, {why}");
        }
        else if (mode >= 0 && !BitOperations.IsPow2(fitting))
        {
            parts.Wrong(
                "color_mode",
                $"left out, so {ColorModes[mode]} is assumed, {why}; send color_mode while the light is on",
                isWarning: true);
        }
    }

    private static bool Has(uint set, int mode) => (set & (1u << mode)) != 0;

    /// <summary>The first declared mode of a set; -1 when there is none.</summary>
    private static int FirstOf(OptionSet modes, uint set)
    {
        for (var i = 0; i < modes.Count; i++)
        {
            var mode = Array.IndexOf(ColorModes, modes.Words[i]);
            if (mode >= 0 && Has(set, mode))
            {
                return mode;
            }
        }

        return -1;
    }

    /// <summary>The declared modes whose value is present, one bit each.</summary>
    private static uint Present(OptionSet modes, ref StateParts parts)
    {
        var found = 0u;
        for (var i = 0; i < ValueModes.Length; i++)
        {
            if (parts.Has(FirstValue + i) && modes.Contains(ValueModes[i]))
            {
                found |= 1u << Array.IndexOf(ColorModes, ValueModes[i]);
            }
        }

        return found;
    }

    private static uint Declared(OptionSet modes)
    {
        var found = 0u;
        for (var i = 0; i < ColorModes.Length; i++)
        {
            found |= modes.Contains(ColorModes[i]) ? 1u << i : 0;
        }

        return found;
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
