using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>vacuum</c>. A person assigns the device's <c>segments</c> to areas, so <c>clean_area</c> names segments.
/// </summary>
internal sealed class VacuumPlatform : PlatformDefinition
{
    public VacuumPlatform()
        : base("vacuum")
    {
        var speeds = Texts("fan_speed_list", implies: "fan_speed");
        var segments = Objects(
            "segments",
            implies: "clean_area",
            new FieldRule { Name = "id", Kind = FieldKind.Text, TakesNumber = true, Required = true },
            new FieldRule { Name = "name", Kind = FieldKind.Text, Required = true },
            new FieldRule { Name = "group", Kind = FieldKind.Text });
        FeatureNames("pause", "stop", "return_home", "fan_speed", "send_command", "locate", "clean_spot", "map", "state", "start",
            "clean_area");

        var speed = new WordRule { Field = speeds };
        State = new WordRule { Words = new OptionSet(["cleaning", "docked", "idle", "paused", "returning", "error"]) };
        Attribute("fan_speed", speed);

        Action("start", "start");
        Action("pause", "pause");
        Action("stop", "stop");
        Action("return_to_base", "return_home");
        Action("clean_spot", "clean_spot");
        Action("locate", "locate");
        Action("set_fan_speed", "fan_speed").Required("fan_speed", speed);
        Action(new ActionRule("send_command") { Features = ["send_command"], Idempotent = false })
            .Required("command", new TextRule())
            .Param("params", new StructureRule());
        Action("clean_area", "clean_area").Required("segment_ids", new ListRule(new WordRule { Field = segments }));
    }
}
