using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>device_tracker</c>: with source type gps a position or zones, with any other one a connection.
/// </summary>
internal sealed class DeviceTrackerPlatform : PlatformDefinition
{
    public DeviceTrackerPlatform()
        : base("device_tracker")
    {
        WordInAnyCase("source_type", "gps", "router", "bluetooth", "bluetooth_le");

        var text = new TextRule();
        State = new WordRule { Words = new OptionSet(["home", "not_home"]) };
        Attribute("latitude", new NumberRule { Min = -90, Max = 90 });
        Attribute("longitude", new NumberRule { Min = -180, Max = 180 });
        Attribute("gps_accuracy", new NumberRule { Min = 0 });
        // An empty list is nowhere, which is not the same as unknown.
        Attribute("in_zones", new ListRule(new TextRule { Format = TextFormat.Zone }) { Min = 0 });
        Attribute("ip", text);
        Attribute("mac", text);
        Attribute("host_name", text);
    }
}
