using HaNatsBridge.Contract.Platforms.Generated;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>button</c>: it has no state, Home Assistant stamps the press itself.</summary>
internal sealed class ButtonPlatform : PlatformDefinition
{
    public ButtonPlatform()
        : base("button")
    {
        DeviceClasses(DeviceClassTables.Button);
        Action(new ActionRule("press") { Idempotent = false });
    }
}
