using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>lawn_mower</c>.</summary>
internal sealed class LawnMowerPlatform : PlatformDefinition
{
    public LawnMowerPlatform()
        : base("lawn_mower")
    {
        FeatureNames("start_mowing", "pause", "dock", "stop");
        State = new WordRule { Words = new OptionSet(["mowing", "paused", "docked", "returning", "idle", "error"]) };
        Action("start_mowing", "start_mowing");
        Action("pause", "pause");
        Action("dock", "dock");
        Action("stop", "stop");
    }
}
