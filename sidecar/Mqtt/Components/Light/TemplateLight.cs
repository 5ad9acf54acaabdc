using System.Text.Json;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components.Light;

/// <summary>
/// <c>light</c> with the schema <c>template</c>: a template for each value of its messages, and one for each command.
/// </summary>
internal sealed class TemplateLight : LightEntity
{
    private const double Full = 255;

    private readonly Dictionary<string, ValueTemplate> _templates = new(StringComparer.Ordinal);
    private readonly CommandTemplate _on;
    private readonly CommandTemplate _off;
    private readonly string _topic;

    public TemplateLight(OptionReader options, EntityServices services)
        : base(options, services, "MQTT Template Light")
    {
        _topic = options.RequiredPublication("command_topic");
        (_on, _off) = (Required(options, "command_on_template"), Required(options, "command_off_template"));
        foreach (var name in (string[])["state", "brightness", "color_temp", "red", "green", "blue", "effect"])
        {
            if (options.Has($"{name}_template"))
            {
                _templates[name] = options.ValueTemplate($"{name}_template");
            }
        }

        DescribeLight(ModesOf(), Effects is not null);
        Feature("flash");
        Feature("transition");
        AssumeStates(Listen("state_topic", Take) && _templates.ContainsKey("state"));
    }

    private bool HasColor => _templates.ContainsKey("red") && _templates.ContainsKey("green") && _templates.ContainsKey("blue");

    /// <inheritdoc/>
    protected override void TurnOn(JsonElement parameters)
    {
        var variables = new Dictionary<string, object?> { ["state"] = true };
        if (parameters.Whole("brightness") is { } brightness)
        {
            variables["brightness"] = brightness;
            Assume(() => Brightness = (int)brightness);
        }

        if (parameters.Whole("color_temp_kelvin") is { } kelvin)
        {
            variables["color_temp"] = FromKelvin(kelvin);
            Assume(() =>
            {
                Kelvin = (int)kelvin;
                SetColor("hs", null);
                FollowColor();
            });
        }

        if (parameters.Numbers("hs_color") is { Length: 2 } color)
        {
            AddColor(variables, color, parameters.Whole("brightness"));
            Assume(() =>
            {
                Kelvin = null;
                SetColor("hs", color);
                FollowColor();
            });
        }

        if (parameters.Text("effect") is { } effect)
        {
            variables["effect"] = effect;
            Assume(() => Effect = effect);
        }

        if (parameters.Text("flash") is { } flash)
        {
            variables["flash"] = flash;
        }

        AddTransition(variables, parameters);
        Publish(_topic, _on.Render(null, Variables, variables));
    }

    /// <inheritdoc/>
    protected override void TurnOff(JsonElement parameters)
    {
        var variables = new Dictionary<string, object?> { ["state"] = false };
        AddTransition(variables, parameters);
        Publish(_topic, _off.Render(null, Variables, variables));
    }

    private static CommandTemplate Required(OptionReader options, string name)
    {
        if (!options.Has(name))
        {
            options.Fail(name, "expected a template", AnnounceCodes.MissingField);
        }

        return options.CommandTemplate(name);
    }

    private static void AddTransition(Dictionary<string, object?> variables, JsonElement parameters)
    {
        if (parameters.Number("transition") is { } transition)
        {
            variables["transition"] = transition;
        }
    }

    private IEnumerable<string> ModesOf()
    {
        var hasTemperature = _templates.ContainsKey("color_temp");
        if (hasTemperature)
        {
            yield return "color_temp";
        }

        if (HasColor)
        {
            yield return "hs";
        }

        if (!hasTemperature && !HasColor)
        {
            yield return _templates.ContainsKey("brightness") ? "brightness" : "onoff";
        }
    }

    private void Assume(Action set)
    {
        if (IsOptimistic)
        {
            set();
        }
    }

    /// <summary>With a brightness template the brightness is not in the channels, too.</summary>
    private void AddColor(Dictionary<string, object?> variables, double[] color, long? brightness)
    {
        var level = _templates.ContainsKey("brightness") ? Full : brightness ?? Brightness ?? Full;
        var rgb = LightColor.ToRgb(color[0], color[1], level / Full);
        (variables["red"], variables["green"], variables["blue"]) = (rgb[0], rgb[1], rgb[2]);
        (variables["hue"], variables["sat"]) = (color[0], color[1]);
    }

    private void FollowColor()
    {
        if (Modes.Count > 1)
        {
            Mode = ColorOf("hs") is null ? "color_temp" : "hs";
        }
    }

    private void Take(MqttMessage message)
    {
        TakeState(message);
        TakeBrightness(message);
        TakeTemperature(message);
        TakeColor(message);
        TakeEffect(message);
        Show();
    }

    /// <summary>The value of a template; null where there is none, or nothing came of it.</summary>
    private string? ValueOf(string name, in MqttMessage message) =>
        _templates.TryGetValue(name, out var template) && TryRender(template, message, out var text) && text.Length > 0
            ? text
            : null;

    private void TakeState(in MqttMessage message)
    {
        var text = _templates.ContainsKey("state") ? ValueOf("state", message) : message.Text;
        switch (text)
        {
            case "on" or "off":
                IsOn = text == "on";
                break;
            case Rendered.None:
                IsOn = null;
                break;
            case not (null or ""):
                Ignore(message, $"got {text}, expected on or off");
                break;
        }
    }

    private void TakeBrightness(in MqttMessage message)
    {
        if (ValueOf("brightness", message) is not { } text)
        {
            return;
        }

        if (!PythonNumber.TryParse(text, out int brightness))
        {
            Ignore(message, $"got the brightness {text}, expected a whole number");
        }
        else if (brightness != 0)
        {
            Brightness = brightness;
        }
    }

    private void TakeTemperature(in MqttMessage message)
    {
        if (ValueOf("color_temp", message) is not { } text)
        {
            return;
        }

        if (!IsKelvin && text == Rendered.None)
        {
            Kelvin = null;
            FollowColor();
        }
        else if (PythonNumber.TryParse(text, out int value) && ToKelvin(value) is { } kelvin)
        {
            Kelvin = kelvin;
            FollowColor();
        }
        else
        {
            Ignore(message, $"got the colour temperature {text}, expected a whole number");
        }
    }

    private void TakeColor(in MqttMessage message)
    {
        if (!HasColor || ValueOf("red", message) is not { } red || ValueOf("green", message) is not { } green
            || ValueOf("blue", message) is not { } blue)
        {
            return;
        }

        if (red == Rendered.None && green == Rendered.None && blue == Rendered.None)
        {
            SetColor("hs", null);
            FollowColor();
        }
        else if (PythonNumber.TryParse(red, out int r) && PythonNumber.TryParse(green, out int g)
            && PythonNumber.TryParse(blue, out int b))
        {
            SetColor("hs", LightColor.ToHs(r, g, b));
            FollowColor();
        }
        else
        {
            Ignore(message, $"got the colour {red}, {green}, {blue}, expected whole numbers");
        }
    }

    private void TakeEffect(in MqttMessage message)
    {
        if (ValueOf("effect", message) is not { } text)
        {
            return;
        }

        if (Effects?.Contains(text) == true)
        {
            Effect = text;
        }
        else
        {
            Ignore(message, $"got the effect {text}, expected one of {string.Join(", ", Effects ?? [])}");
        }
    }
}
