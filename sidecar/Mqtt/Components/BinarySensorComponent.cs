using HaNatsBridge.Mqtt.Config;
using HaNatsBridge.Mqtt.Entities;

namespace HaNatsBridge.Mqtt.Components;

/// <summary><c>binary_sensor</c>.</summary>
internal sealed class BinarySensorComponent : MqttEntity
{
    private readonly ValueTemplate _template;
    private readonly string _on;
    private readonly string _off;
    private readonly double? _offDelay;
    private readonly bool _expires;
    private readonly bool _isForced;
    private IDisposable? _turningOff;
    private bool _hasCome;

    public BinarySensorComponent(OptionReader options, EntityServices services)
        : base(options, services, "binary_sensor", "MQTT Binary sensor")
    {
        options.RequiredSubscription("state_topic");
        _template = options.ValueTemplate("value_template");
        _on = options.Text("payload_on", "ON");
        _off = options.Text("payload_off", "OFF");
        _offDelay = options.Whole("off_delay");
        (_expires, _isForced) = DescribeExpiry();
        Copy("device_class");
        Listen("state_topic", Take);
    }

    /// <inheritdoc/>
    public override bool IsAvailable => base.IsAvailable && (!_expires || _hasCome);

    /// <inheritdoc/>
    public override bool PublishesEach => _expires || _isForced;

    private void Take(MqttMessage message)
    {
        _hasCome = true;
        if (!TryRender(_template, message, out var text) || string.IsNullOrWhiteSpace(text)
            || !TakeOnOff(message, text, _on, _off))
        {
            return;
        }

        _turningOff?.Dispose();
        _turningOff = text == _on && _offDelay is { } delay
            ? Services.Later(TimeSpan.FromSeconds(delay), () => SetState("off"))
            : null;
    }
}
