using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>
/// Home Assistant's <c>alarm_control_panel</c>. The device checks the codes; Home Assistant only asks for them.
/// </summary>
internal sealed class AlarmControlPanelPlatform : PlatformDefinition
{
    public AlarmControlPanelPlatform()
        : base("alarm_control_panel")
    {
        Word("code_format", "text", "number");
        Flag("code_arm_required");
        FeatureNames("arm_home", "arm_away", "arm_night", "trigger", "arm_custom_bypass", "arm_vacation");
        State = new WordRule
        {
            Words = new OptionSet(
            [
                "disarmed", "armed_home", "armed_away", "armed_night", "armed_vacation", "armed_custom_bypass", "pending",
                "arming", "disarming", "triggered",
            ]),
        };
        Attribute("changed_by", new TextRule());
        var code = new TextRule();
        Action("alarm_disarm").Param("code", code);
        Action("alarm_arm_home", "arm_home").Param("code", code);
        Action("alarm_arm_away", "arm_away").Param("code", code);
        Action("alarm_arm_night", "arm_night").Param("code", code);
        Action("alarm_arm_vacation", "arm_vacation").Param("code", code);
        Action("alarm_arm_custom_bypass", "arm_custom_bypass").Param("code", code);
        Action("alarm_trigger", "trigger").Param("code", code);
    }
}
