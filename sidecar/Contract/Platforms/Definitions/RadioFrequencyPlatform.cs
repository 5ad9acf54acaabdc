using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>radio_frequency</c>: a transmitter sends signals that other integrations make, a receiver, which needs
/// Home Assistant 2026.11, reports those that it hears.
/// </summary>
internal sealed class RadioFrequencyPlatform : PlatformDefinition
{
    private static readonly WordRule Modulation = new() { Words = new OptionSet(["OOK"]) };

    private readonly FieldRule _deviceClass;

    private readonly ParamRule[] _ofSignal =
    [
        new("timings", SignalRules.Timings) { Required = true },
        new("frequency", SignalRules.Hertz),
        new("modulation", Modulation),
    ];

    public RadioFrequencyPlatform()
        : base("radio_frequency")
    {
        _deviceClass = DeviceClasses(["transmitter", "receiver"]);
        Ranges("supported_frequency_ranges", required: true);
        IsEvent = true;
        OwnEventType = SignalRules.Received;

        Action(new ActionRule("send_command")
        {
            Idempotent = false,
            Together = (rules, _) => IsReceiver(rules) ? ("", "a receiver sends nothing") : null,
        })
            .Required("timings", SignalRules.Timings)
            .Required("frequency", SignalRules.Hertz)
            .Required("modulation", Modulation)
            .Param("repeat_count", new NumberRule { Min = 0, Whole = true })
            .Param("symbol_rate", new NumberRule { Min = 0, Whole = true })
            .Param("output_power", new NumberRule());
    }

    public override OptionSet? EventTypesOf(EntityRules rules) => IsReceiver(rules) ? SignalRules.EventTypes : null;

    public override IReadOnlyList<ParamRule> EventAttributesOf(EntityRules rules) => _ofSignal;

    private bool IsReceiver(EntityRules rules) => rules.Text(_deviceClass) == "receiver";
}
