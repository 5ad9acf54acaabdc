using HaNatsBridge.Contract.Platforms.Generated;
using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>switch</c>.</summary>
internal sealed class SwitchPlatform : PlatformDefinition
{
    public SwitchPlatform()
        : base("switch")
    {
        DeviceClasses(DeviceClassTables.Switch);
        State = new OnOffRule();
        Action("turn_on");
        Action("turn_off");
    }
}
