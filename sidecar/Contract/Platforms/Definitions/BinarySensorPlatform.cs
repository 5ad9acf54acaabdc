using HaNatsBridge.Contract.Platforms.Generated;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>binary_sensor</c>.</summary>
internal sealed class BinarySensorPlatform : PlatformDefinition
{
    public BinarySensorPlatform()
        : base("binary_sensor")
    {
        DeviceClasses(DeviceClassTables.BinarySensor);
        State = new OnOffRule();
        RefusesConfigCategory = true;
    }
}
