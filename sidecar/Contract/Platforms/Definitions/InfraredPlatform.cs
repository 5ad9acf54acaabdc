using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>infrared</c>: an emitter sends signals that other integrations make, a receiver reports those that it
/// sees.
/// </summary>
internal sealed class InfraredPlatform : PlatformDefinition
{
    private readonly FieldRule _deviceClass;

    private readonly ParamRule[] _ofSignal =
    [
        new("timings", SignalRules.Timings) { Required = true },
        new("modulation", SignalRules.Hertz),
    ];

    public InfraredPlatform()
        : base("infrared")
    {
        _deviceClass = DeviceClasses(["emitter", "receiver"]);
        IsEvent = true;
        OwnEventType = SignalRules.Received;

        // A signal that is sent twice is a key that is pressed twice.
        Action(new ActionRule("send_command")
        {
            Idempotent = false,
            Together = (rules, _) => IsReceiver(rules) ? ("", "a receiver sends nothing") : null,
        })
            .Required("timings", SignalRules.Timings)
            .Required("modulation", SignalRules.Hertz);
    }

    public override OptionSet? EventTypesOf(EntityRules rules) => IsReceiver(rules) ? SignalRules.EventTypes : null;

    public override IReadOnlyList<ParamRule> EventAttributesOf(EntityRules rules) => _ofSignal;

    private bool IsReceiver(EntityRules rules) => rules.Text(_deviceClass) == "receiver";
}
