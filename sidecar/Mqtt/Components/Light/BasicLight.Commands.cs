using System.Text.Json;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components.Light;

/// <summary>
/// What a light with the schema <c>basic</c> publishes: a message for each value, in the order of Home Assistant.
/// </summary>
internal sealed partial class BasicLight
{
    private static readonly string[] Channels = ["red", "green", "blue"];

    private int Present => Brightness is { } known and not 0 ? known : Full;

    /// <inheritdoc/>
    protected override void TurnOn(JsonElement parameters)
    {
        var brightness = parameters.Whole("brightness");
        if (_onType == "first")
        {
            Send(_state, _on);
        }
        else if (_onType == "brightness" && brightness is null && !parameters.Has("white"))
        {
            brightness = Present;
        }

        foreach (var (mode, length) in Colors)
        {
            if (_colors[mode].Topic is not null && parameters.Numbers($"{mode}_color") is { } color && color.Length == length)
            {
                SendColor(mode, mode[0] == 'r' ? Dim(color, ownBrightness: null, brightness) : color);
                Assume(_colors[mode].IsAssumed, mode, () => SetColor(mode, color));
            }
        }

        SendBrightness(parameters, brightness);
        if (parameters.Whole("color_temp_kelvin") is { } kelvin && _temperature.Topic is not null)
        {
            Send(_temperature, FromKelvin(kelvin));
            Assume(_temperature.IsAssumed, "color_temp", () => Kelvin = (int)kelvin);
        }

        if (parameters.Text("effect") is { } effect && _effect.Topic is not null && Effects?.Contains(effect) == true)
        {
            Send(_effect, effect);
            Assume(_effect.IsAssumed, null, () => Effect = effect);
        }

        if (parameters.Whole("white") is { } white && _whiteTopic is not null)
        {
            var level = Math.Min(PythonNumber.Round(white / (double)Full * _whiteScale), _whiteScale);
            Publish(_whiteTopic, CommandTemplate.TextOf(level));
            Assume(_assumesBrightness, "white", () => Brightness = (int)white);
        }

        if (_onType == "last")
        {
            Send(_state, _on);
        }
    }

    /// <inheritdoc/>
    protected override void TurnOff(JsonElement parameters) => Send(_state, _off);

    private void Assume(bool isAssumed, string? mode, Action set)
    {
        if (!isAssumed)
        {
            return;
        }

        if (mode is not null && _assumesMode)
        {
            Mode = mode;
        }

        set();
    }

    private void SendColor(string mode, double[] color)
    {
        var isWhole = mode[0] == 'r';
        object?[] values = [.. color.Select(value => isWhole ? (object?)(long)value : value)];
        string[] names = mode switch
        {
            "hs" => ["hue", "sat"],
            "xy" => ["x", "y"],
            "rgb" => Channels,
            "rgbw" => [.. Channels, "white"],
            _ => [.. Channels, "cold_white", "warm_white"],
        };
        var variables = names.Zip(values).ToDictionary(pair => pair.First, pair => pair.Second);
        Send(_colors[mode], string.Join(',', values.Select(CommandTemplate.TextOf)), variables);
    }

    /// <summary>The channels at a brightness: that of the command, or the present one where it has no topic of its own.</summary>
    private double[] Dim(double[] color, long? ownBrightness, long? wanted)
    {
        var present = wanted is null or 0 ? Present : wanted.Value;
        var level = ownBrightness ?? (_brightness.Topic is not null ? Full : present);
        return [.. color.Select(channel => Math.Truncate(channel * level / Full))];
    }

    private void SendBrightness(JsonElement parameters, long? brightness)
    {
        if (brightness is not { } wanted)
        {
            return;
        }

        if (_brightness.Topic is not null)
        {
            var level = Math.Min(PythonNumber.Round(wanted / (double)Full * _scale), _scale);
            Send(_brightness, Math.Max(level, 1));
            Assume(_assumesBrightness, null, () => Brightness = (int)wanted);
            return;
        }

        // Without a topic of its own the channels of the first colour carry it, unless the command has set them already.
        foreach (var (mode, length) in Colors.Where(color => color.Mode[0] == 'r'))
        {
            if (_colors[mode].Topic is not null && !parameters.Has($"{mode}_color"))
            {
                var color = ColorOf(mode) ?? [.. Enumerable.Repeat((double)Full, length)];
                SendColor(mode, Dim(color, wanted, null));
                Assume(_assumesBrightness, null, () => Brightness = (int)wanted);
                return;
            }
        }
    }
}
