using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components.Light;

/// <summary>
/// What the three schemas of <c>light</c> have in common. A light remembers its values while it is off and while another mode is
/// on; the home sees those of the present mode while it is on.
/// </summary>
internal abstract class LightEntity : MqttEntity
{
    /// <summary>The mode of a light with several modes before it has told one.</summary>
    protected const string UnknownMode = "unknown";

    private const int DefaultMinKelvin = 2000;
    private const int DefaultMaxKelvin = 6535;
    private const string NoEffect = "off";

    private readonly Dictionary<string, double[]> _colors = new(StringComparer.Ordinal);

    protected LightEntity(OptionReader options, EntityServices services, string name)
        : base(options, services, "light", name)
    {
        IsKelvin = options.Flag("color_temp_kelvin");
        MinKelvin = Limit("max_mireds", "min_kelvin", DefaultMinKelvin);
        MaxKelvin = Limit("min_mireds", "max_kelvin", DefaultMaxKelvin);
        Effects = options.Texts("effect_list");
    }

    /// <summary>Whether the device's colour temperatures are in kelvin; else they are in mireds.</summary>
    protected bool IsKelvin { get; }

    /// <summary>The warmest white.</summary>
    protected int MinKelvin { get; }

    /// <summary>The coldest white.</summary>
    protected int MaxKelvin { get; }

    /// <summary>The effects; null where the option is not there.</summary>
    protected IReadOnlyList<string>? Effects { get; }

    /// <summary>The modes.</summary>
    protected IReadOnlyList<string> Modes { get; private set; } = [];

    /// <summary>Whether it is on; null: unknown.</summary>
    protected bool? IsOn { get; set; }

    /// <summary>The present mode.</summary>
    protected string Mode { get; set; } = UnknownMode;

    /// <summary>The brightness, 1 to 255; null: unknown.</summary>
    protected int? Brightness { get; set; }

    /// <summary>The colour temperature in kelvin; null: unknown.</summary>
    protected int? Kelvin { get; set; }

    /// <summary>The effect; null: unknown.</summary>
    protected string? Effect { get; set; }

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved =>
    [
        "effect_list", "max_color_temp_kelvin", "min_color_temp_kelvin", "supported_color_modes", "brightness", "color_mode",
        "color_temp_kelvin", "effect", "hs_color", "rgb_color", "rgbw_color", "rgbww_color", "xy_color",
    ];

    /// <summary>Whether it has any mode with brightness.</summary>
    protected bool HasBrightness => Modes.Any(mode => mode != "onoff");

    /// <inheritdoc/>
    protected sealed override Func<bool>? Run(string action, JsonElement parameters)
    {
        var isOn = action switch { "turn_on" => true, "turn_off" => false, _ => throw Unknown(action) };
        if (isOn)
        {
            TurnOn(parameters);
        }
        else
        {
            TurnOff(parameters);
        }

        if (IsOptimistic)
        {
            IsOn = isOn;
        }

        Show();
        return () => IsOn == isOn;
    }

    /// <summary>Publishes what turns it on. Values that no topic tells are assumed.</summary>
    protected abstract void TurnOn(JsonElement parameters);

    /// <summary>Publishes what turns it off.</summary>
    protected abstract void TurnOff(JsonElement parameters);

    /// <summary>Describes the modes, with their colour temperatures, and the effects.</summary>
    protected void DescribeLight(IEnumerable<string> modes, bool hasEffects)
    {
        Modes = [.. modes.Distinct(StringComparer.Ordinal)];
        Mode = Modes.Count == 1 ? Modes[0] : UnknownMode;
        DescribeTexts("supported_color_modes", Modes);
        if (Modes.Contains("color_temp"))
        {
            (Description["min_color_temp_kelvin"], Description["max_color_temp_kelvin"]) = (MinKelvin, MaxKelvin);
        }

        Feature("effect", hasEffects);
        if (hasEffects)
        {
            DescribeTexts("effect_list", Effects);
        }

        FeaturesAreComplete();
    }

    /// <summary>The value of a mode: <c>hs</c>, <c>xy</c>, <c>rgb</c>, <c>rgbw</c> or <c>rgbww</c>; null: unknown.</summary>
    protected double[]? ColorOf(string mode) => _colors.GetValueOrDefault(mode);

    /// <summary>Sets the value of a mode; null: unknown.</summary>
    protected void SetColor(string mode, double[]? color)
    {
        if (color is null)
        {
            _colors.Remove(mode);
        }
        else
        {
            _colors[mode] = color;
        }
    }

    /// <summary>A device's colour temperature in kelvin; null where it is none.</summary>
    protected int? ToKelvin(double value)
    {
        var kelvin = IsKelvin ? PythonNumber.Round(value) : LightColor.Invert(value);
        return kelvin > 0 ? kelvin : null;
    }

    /// <summary>A colour temperature as the device takes it.</summary>
    protected long FromKelvin(long kelvin) => IsKelvin ? kelvin : LightColor.Invert(kelvin);

    /// <summary>Writes the state and the attributes of the present mode.</summary>
    protected void Show()
    {
        Value.ClearAttributes();
        SetState(IsOn switch { true => "on", false => "off", null => null });
        if (IsOn != true)
        {
            return;
        }

        // Left out while it is unknown: then it follows from the value that is there.
        Value["color_mode"] = Mode == UnknownMode ? null : Mode;
        Value["brightness"] = HasBrightness && Mode != "onoff" ? Brightness : null;
        if (Mode == "color_temp")
        {
            Value["color_temp_kelvin"] = Kelvin;
        }
        else if (ColorOf(Mode) is { } color)
        {
            Value[$"{Mode}_color"] = new JsonArray([.. color.Select(Number)]);
        }

        Value["effect"] = Effect is not null && (Effect == NoEffect || Effects?.Contains(Effect) == true) ? Effect : null;
    }

    private static JsonNode Number(double number) => number == Math.Floor(number) ? (JsonNode)(long)number : number;

    private int Limit(string mireds, string kelvin, int otherwise)
    {
        var limit = Options.Whole(kelvin) ?? otherwise;
        return Options.Whole(mireds) is { } given and not 0 ? LightColor.Invert(given) : limit;
    }
}
