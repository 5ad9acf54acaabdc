using HaNatsBridge.Contract.Platforms.Rules;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>valve</c>. Positions: 0 is closed, 100 is open.</summary>
internal sealed class ValvePlatform : PlatformDefinition
{
    private const int Position = 0;

    public ValvePlatform()
        : base("valve")
    {
        DeviceClasses(["water", "gas"]);
        Flag("reports_position", required: true);
        FeatureNames("open", "close", "set_position", "stop");
        State = new WordRule { Words = new OptionSet(["open", "closed", "opening", "closing"]) };
        var percent = new NumberRule { Min = 0, Max = 100, Whole = true };
        Attribute("current_position", percent);
        Action("open_valve", "open");
        Action("close_valve", "close");
        Action("set_valve_position", "set_position").Required("position", percent);
        Action("stop_valve", "stop");
    }

    public override void Complete(EntityRules rules, ref StateParts parts, ref StateMemory memory) =>
        parts.SetStateByPosition(Position);
}
