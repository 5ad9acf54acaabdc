using HaNatsBridge.Contract.Platforms.Generated;
using HaNatsBridge.Contract.Platforms.Rules;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>cover</c>. Positions: 0 is closed, 100 is open.</summary>
internal sealed class CoverPlatform : PlatformDefinition
{
    private const int Position = 0;

    public CoverPlatform()
        : base("cover")
    {
        DeviceClasses(DeviceClassTables.Cover);
        var speeds = Words("supported_speeds", ["slow", "medium", "fast"], implies: "speed");
        FeatureNames(
            "open", "close", "set_position", "stop", "open_tilt", "close_tilt", "stop_tilt", "set_tilt_position", "speed");
        DefaultFeatures = ["open", "close", "stop"];
        State = new WordRule { Words = new OptionSet(["open", "closed", "opening", "closing"]) };
        var percent = new NumberRule { Min = 0, Max = 100, Whole = true };
        Attribute("current_position", percent);
        Attribute("current_tilt_position", percent);
        var speed = new ParamRule("speed", new WordRule { Field = speeds }) { Feature = "speed" };
        Action("open_cover", "open").Param(speed);
        Action("close_cover", "close").Param(speed);
        Action("set_cover_position", "set_position").Required("position", percent).Param(speed);
        Action("stop_cover", "stop");
        Action("open_cover_tilt", "open_tilt");
        Action("close_cover_tilt", "close_tilt");
        Action("stop_cover_tilt", "stop_tilt");
        Action("set_cover_tilt_position", "set_tilt_position").Required("tilt_position", percent);
    }

    public override void Complete(EntityRules rules, ref StateParts parts, ref StateMemory memory) =>
        parts.SetStateByPosition(Position);
}
