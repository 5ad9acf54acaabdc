using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components.Light;

/// <summary><c>light</c> with the schema <c>json</c>.</summary>
internal sealed class JsonLight : LightEntity
{
    private const int Full = 255;
    private const int ShortFlash = 2;
    private const int LongFlash = 10;

    private static readonly string[] AllModes =
        ["onoff", "brightness", "color_temp", "hs", "xy", "rgb", "rgbw", "rgbww", "white"];

    /// <summary>The members of a colour.</summary>
    private static readonly (string Mode, string[] Members, bool IsWhole)[] Colors =
    [
        ("hs", ["h", "s"], false), ("rgb", ["r", "g", "b"], true), ("rgbw", ["r", "g", "b", "w"], true),
        ("rgbww", ["r", "g", "b", "c", "w"], true), ("xy", ["x", "y"], false),
    ];

    private readonly string _topic;
    private readonly bool _hasBrightnessOption;
    private readonly bool _hasEffects;
    private readonly int _scale;
    private readonly int _whiteScale;
    private readonly int _shortFlash;
    private readonly int _longFlash;

    public JsonLight(OptionReader options, EntityServices services)
        : base(options, services, "MQTT JSON Light")
    {
        _topic = options.RequiredPublication("command_topic");
        _hasBrightnessOption = options.Flag("brightness");
        _hasEffects = options.Flag("effect");
        (_scale, _whiteScale) = (Scale(options, "brightness_scale"), Scale(options, "white_scale"));
        _shortFlash = options.Whole("flash_time_short") ?? ShortFlash;
        _longFlash = options.Whole("flash_time_long") ?? LongFlash;
        DescribeLight(ModesOf(options), _hasEffects);
        Feature("flash", options.Flag("flash", true));
        Feature("transition", options.Flag("transition", true));
        AssumeStates(Listen("state_topic", Take));
    }

    /// <summary>The scale of a device's brightness: 1 to this.</summary>
    public static int Scale(OptionReader options, string name)
    {
        var scale = options.Integer(name, Full);
        if (scale >= 1)
        {
            return scale;
        }

        options.Fail(name, "expected at least 1");
        return Full;
    }

    /// <inheritdoc/>
    protected override void TurnOn(JsonElement parameters)
    {
        var message = new OrderedDictionary<string, object?> { ["state"] = "ON" };
        var brightness = parameters.Whole("brightness");
        foreach (var (mode, members, isWhole) in Colors)
        {
            if (Modes.Contains(mode) && parameters.Numbers($"{mode}_color") is { } color && color.Length == members.Length)
            {
                if (isWhole && !_hasBrightnessOption)
                {
                    color = [.. color.Select(channel => (double)PythonNumber.Round(channel / Full * (brightness ?? Full)))];
                    brightness = null;
                }

                message["color"] = new OrderedDictionary<string, object?>(members.Zip(
                    color, (member, value) => KeyValuePair.Create(member, isWhole ? (object?)(long)value : value)));
                AssumeMode(mode, () => SetColor(mode, color));
            }
        }

        AddMoment(message, parameters);
        if (brightness is { } wanted && HasBrightness)
        {
            message["brightness"] = Math.Max(PythonNumber.Round(wanted * (double)_scale / Full), 1);
            Assume(() => Brightness = (int)wanted);
        }

        if (parameters.Whole("color_temp_kelvin") is { } kelvin)
        {
            message["color_temp"] = FromKelvin(kelvin);
            AssumeMode("color_temp", () =>
            {
                Kelvin = (int)kelvin;
                SetColor("hs", null);
            });
        }

        if (parameters.Text("effect") is { } effect)
        {
            message["effect"] = effect;
            Assume(() => Effect = effect);
        }

        if (parameters.Whole("white") is { } white && Modes.Contains("white"))
        {
            message["white"] = Math.Max(Math.Min(PythonNumber.Round(white / (double)Full * _whiteScale), _whiteScale), 1);
            AssumeMode("white", () => Brightness = (int)white);
        }

        Publish(_topic, JsonText.Of(message));
    }

    /// <inheritdoc/>
    protected override void TurnOff(JsonElement parameters)
    {
        var message = new OrderedDictionary<string, object?> { ["state"] = "OFF" };
        AddMoment(message, parameters);
        Publish(_topic, JsonText.Of(message));
    }

    private static string[] ModesOf(OptionReader options)
    {
        if (!options.Has("supported_color_modes"))
        {
            return [options.Flag("brightness") ? "brightness" : "onoff"];
        }

        var modes = options.Texts("supported_color_modes") ?? [];
        if (modes.FirstOrDefault(mode => !AllModes.Contains(mode)) is { } wrong)
        {
            options.Fail("supported_color_modes", $"expected some of {string.Join(", ", AllModes)}, got {wrong}");
        }
        else if (modes.Count == 0)
        {
            options.Fail("supported_color_modes", "expected at least one", AnnounceCodes.InvalidValue);
        }

        return [.. modes];
    }

    private static bool TryNumber(JsonNode? node, bool isWhole, out double number)
    {
        number = 0;
        if (OptionReader.TextOf(node) is not { } text)
        {
            return false;
        }

        if (node!.GetValueKind() == JsonValueKind.String && isWhole)
        {
            var isRead = PythonNumber.TryParse(text, out int whole);
            number = whole;
            return isRead;
        }

        if (!PythonNumber.TryParse(text, out number))
        {
            return false;
        }

        number = isWhole ? Math.Truncate(number) : number;
        return true;
    }

    private void Assume(Action set)
    {
        if (IsOptimistic)
        {
            set();
        }
    }

    private void AssumeMode(string mode, Action set) => Assume(() =>
    {
        Mode = mode;
        set();
    });

    private void AddMoment(OrderedDictionary<string, object?> message, JsonElement parameters)
    {
        if (parameters.Number("transition") is { } transition)
        {
            message["transition"] = transition;
        }

        if (parameters.Text("flash") is { } flash)
        {
            message["flash"] = flash == "long" ? _longFlash : _shortFlash;
        }
    }

    private void Take(MqttMessage message)
    {
        if (message.Text is null || !JsonPayload.TryParse(message.Text, out var all)
            || !all.TryGetPropertyValue("state", out var state))
        {
            Ignore(message, "expected a JSON object with state");
            return;
        }

        IsOn = state is null ? null : OptionReader.TextOf(state) switch { "ON" => true, "OFF" => false, _ => IsOn };
        if (all.ContainsKey("color_mode"))
        {
            TakeColor(message, all);
        }

        if (HasBrightness && all.TryGetPropertyValue("brightness", out var brightness))
        {
            TakeBrightness(message, brightness);
        }

        if (_hasEffects && all.TryGetPropertyValue("effect", out var effect))
        {
            Effect = OptionReader.TextOf(effect);
        }

        Show();
    }

    private void TakeBrightness(in MqttMessage message, JsonNode? brightness)
    {
        if (brightness is JsonValue value && value.GetValueKind() == JsonValueKind.Number)
        {
            // Zero says nothing: the light is off, and has its brightness when it is on again.
            var number = value.GetValue<double>();
            if (number != 0)
            {
                Brightness = Math.Clamp(PythonNumber.Round(number * Full / _scale), 1, Full);
            }
        }
        else if (brightness is not null && OptionReader.TextOf(brightness) is not ("" or "False"))
        {
            Ignore(message, $"got {brightness.ToJsonString()} as brightness, expected a number");
        }
    }

    private void TakeColor(in MqttMessage message, JsonObject all)
    {
        var mode = OptionReader.TextOf(all["color_mode"]);
        if (mode is null || !Modes.Contains(mode))
        {
            Ignore(message, $"got the color_mode {mode}, expected one of {string.Join(", ", Modes)}");
            return;
        }

        if (mode == "color_temp")
        {
            if (all["color_temp"]?.GetValueKind() == JsonValueKind.Number
                && ToKelvin(all["color_temp"]!.GetValue<double>()) is { } kelvin)
            {
                (Kelvin, Mode) = (kelvin, mode);
            }
            else
            {
                Ignore(message, "color_temp is missing or no number");
            }

            return;
        }

        var (_, members, isWhole) = Colors.FirstOrDefault(color => color.Mode == mode);
        if (members is null)
        {
            // onoff and brightness are the only mode of a light; white has no value.
            Mode = mode;
            return;
        }

        var color = new double[members.Length];
        for (var index = 0; index < members.Length; index++)
        {
            if (all["color"] is not JsonObject given || !TryNumber(given[members[index]], isWhole, out color[index]))
            {
                Ignore(message, $"color is incomplete: expected {string.Join(", ", members)}");
                return;
            }
        }

        Mode = mode;
        SetColor(mode, color);
    }
}
