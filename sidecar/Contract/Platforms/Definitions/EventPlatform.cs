using HaNatsBridge.Contract.Platforms.Generated;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>event</c>: events, no state.</summary>
internal sealed class EventPlatform : PlatformDefinition
{
    public EventPlatform()
        : base("event")
    {
        DeviceClasses(DeviceClassTables.Event);
        EventTypes = Texts("event_types", required: true);
        IsEvent = true;
    }

    /// <summary>The field that declares the event types.</summary>
    public FieldRule EventTypes { get; }

    public override void Check(EntityDraft draft)
    {
        // Home Assistant warns, and refuses from 2027.4 on.
        if (draft.Text("device_class") == "doorbell" && !draft.Texts("event_types").Contains("ring"))
        {
            draft.Warn("event_types", "a doorbell must have the event type ring from Home Assistant 2027.4 on");
        }
    }
}
