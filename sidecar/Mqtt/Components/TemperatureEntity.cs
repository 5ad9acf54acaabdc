using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary>What <c>climate</c> and <c>water_heater</c> have in common.</summary>
internal abstract class TemperatureEntity : MqttEntity
{
    private static readonly double[] Precisions = [0.1, 0.5, 1];

    private readonly ValueTemplate _currentTemplate;

    protected TemperatureEntity(OptionReader options, EntityServices services, string platform, string name)
        : base(options, services, platform, name)
    {
        _currentTemplate = TemplateOf("current_temperature_template");
        Unit = options.Text("temperature_unit", "")?.ToUpperInvariant() switch
        {
            "" => null,
            "C" => "°C",
            "F" => "°F",
            _ => Fail("temperature_unit", "expected C or F"),
        };
        if (Unit is not null)
        {
            Description["temperature_unit"] = Unit;
        }

        DescribeNumber("min_temp", options.Number("min_temp"));
        DescribeNumber("max_temp", options.Number("max_temp"));
        if (options.Number("precision") is { } precision)
        {
            if (!Precisions.Contains(precision))
            {
                options.Fail("precision", "expected 0.1, 0.5 or 1");
            }

            Description["precision"] = precision;
        }

        Listen("current_temperature_topic", message =>
            TakeNumber(message, _currentTemplate, value => SetAttribute("current_temperature", value)));
    }

    /// <summary>The unit of its temperatures; null: that of the home.</summary>
    protected string? Unit { get; }

    /// <summary>Converts a temperature in °F into the entity's unit, for values that are assumed before any is known.</summary>
    protected double FromFahrenheit(double degrees) => Unit == "°F" ? degrees : (degrees - 32) / 1.8;

    /// <summary>The template of the option, else that of <c>value_template</c>.</summary>
    protected ValueTemplate TemplateOf(string name) => Options.ValueTemplate(Options.Has(name) ? name : "value_template");

    /// <summary>Takes a number, null for <c>None</c>.</summary>
    protected void TakeNumber(in MqttMessage message, ValueTemplate template, Action<double?> take)
    {
        if (!TryRender(template, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (text == Rendered.None)
        {
            take(null);
        }
        else if (PythonNumber.TryParse(text, out double number))
        {
            take(number);
        }
        else
        {
            Ignore(message, $"got {text}, expected a number");
        }
    }

    private string? Fail(string name, string message)
    {
        Options.Fail(name, message);
        return null;
    }
}
