using HaNatsBridge.Contract.Platforms.Generated;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>event</c>: events, no state. Each event of a tag reader is a scan of a tag, which Home Assistant records.
/// </summary>
internal sealed class EventPlatform : PlatformDefinition
{
    private readonly FieldRule _eventTypes;
    private readonly FieldRule _tagReader;
    private readonly ParamRule[] _ofScan = [new("tag_id", new TextRule { Min = 1 }) { Required = true }];

    public EventPlatform()
        : base("event")
    {
        DeviceClasses(DeviceClassTables.Event);
        _eventTypes = Texts("event_types", required: true);
        _tagReader = Flag("tag_reader");
        IsEvent = true;
    }

    public override OptionSet EventTypesOf(EntityRules rules) => rules.Options(_eventTypes) ?? new OptionSet([]);

    public override IReadOnlyList<ParamRule> EventAttributesOf(EntityRules rules) => rules.Flag(_tagReader) ? _ofScan : [];

    public override void Check(EntityDraft draft)
    {
        // Home Assistant warns, and refuses from 2027.4 on.
        if (draft.Text("device_class") == "doorbell" && !draft.Texts("event_types").Contains("ring"))
        {
            draft.Warn("event_types", "a doorbell must have the event type ring from Home Assistant 2027.4 on");
        }
    }
}
