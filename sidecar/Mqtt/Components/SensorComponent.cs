using System.Globalization;
using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>sensor</c>.</summary>
internal sealed class SensorComponent : MqttEntity
{
    private const int LongestState = 255;
    private const int DateLength = 10;
    private static readonly string[] TextClasses = ["date", "enum", "timestamp", "uptime"];

    private readonly ValueTemplate _template;
    private readonly ValueTemplate _lastReset;
    private readonly IReadOnlyList<string>? _options;
    private readonly string? _class;
    private readonly bool _isNumeric;
    private readonly bool _expires;
    private readonly bool _isForced;
    private bool _hasCome;

    public SensorComponent(OptionReader options, EntityServices services)
        : base(options, services, "sensor", "MQTT Sensor")
    {
        options.RequiredSubscription("state_topic");
        _template = options.ValueTemplate("value_template");
        _lastReset = options.ValueTemplate("last_reset_value_template");
        _options = options.Texts("options");
        _class = options.NullableText("device_class");
        var unit = options.NullableText("unit_of_measurement");
        (_expires, _isForced) = DescribeExpiry();
        Copy("device_class", "state_class", "suggested_display_precision", "options");
        if (!string.IsNullOrWhiteSpace(unit))
        {
            Description["unit_of_measurement"] = unit;
        }

        if (_lastReset.IsGiven && options.NullableText("state_class") != "total")
        {
            options.Fail("last_reset_value_template", "expected the state class total with it");
        }

        _isNumeric = !TextClasses.Contains(_class)
            && (_class is not null || options.Node("state_class") is not null || Description.ContainsKey("unit_of_measurement")
                || options.Node("suggested_display_precision") is not null);
        Listen("state_topic", Take);
    }

    /// <inheritdoc/>
    public override bool IsAvailable => base.IsAvailable && (!_expires || _hasCome);

    /// <inheritdoc/>
    public override bool PublishesEach => _expires || _isForced;

    /// <inheritdoc/>
    protected override IReadOnlyCollection<string> Reserved => ["last_reset", "state_class"];

    private void Take(MqttMessage message)
    {
        _hasCome = true;
        TakeState(message);
        if (!_lastReset.IsGiven || !TryRender(_lastReset, message, out var text) || text.Length == 0)
        {
            return;
        }

        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            SetAttribute("last_reset", text);
        }
        else
        {
            Ignore(message, $"got {text} as last_reset, expected a time");
        }
    }

    private void TakeState(in MqttMessage message)
    {
        if (!TryRender(_template, message, out var text, keepsPayload: false))
        {
            return;
        }

        if (text == Rendered.None)
        {
            SetState(null);
        }
        else if (_isNumeric)
        {
            // What is no number Home Assistant refuses, so that the last one stays.
            if (PythonNumber.TryParse(text, out double _))
            {
                SetState(text.Trim());
            }
            else if (text.Length > 0)
            {
                Ignore(message, $"got {text}, expected a number");
            }
        }
        else if (_options is { Count: > 0 } && !_options.Contains(text))
        {
            Ignore(message, $"got {text}, expected one of {string.Join(", ", _options)}");
        }
        else if (text.Length > LongestState)
        {
            Ignore(message, $"a state has at most {LongestState} characters, this one has {text.Length}");
            SetState(null);
        }
        else if (_class is null or "enum")
        {
            SetState(text);
        }
        else if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            Ignore(message, $"got {text}, expected a time or a date");
            SetState(null);
        }
        else
        {
            SetState(_class == "date" && text.Length > DateLength ? text[..DateLength] : text);
        }
    }
}
