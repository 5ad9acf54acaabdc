using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>remote</c>: it sends the commands of a remote control, and learns them.</summary>
internal sealed class RemotePlatform : PlatformDefinition
{
    public RemotePlatform()
        : base("remote")
    {
        var activities = Texts("activity_list", implies: "activity");
        FeatureNames("learn_command", "delete_command", "activity");

        var activity = new WordRule { Field = activities };
        State = new OnOffRule();
        Attribute("current_activity", activity);

        var text = new TextRule();
        var commands = new ListRule(text);
        var count = new NumberRule { Min = 0, Whole = true };
        var seconds = new NumberRule { Min = 0 };
        var start = new ParamRule("activity", activity) { Feature = "activity" };
        Action("turn_on").Param(start);
        Action("turn_off").Param(start);
        Action(new ActionRule("send_command") { Idempotent = false })
            .Required("command", commands)
            .Param("device", text)
            .Param("num_repeats", count)
            .Param("delay_secs", seconds)
            .Param("hold_secs", seconds);
        Action(new ActionRule("learn_command") { Features = ["learn_command"], Idempotent = false })
            .Param("device", text)
            .Param("command", commands)
            .Param("command_type", text)
            .Param("alternative", new BooleanRule())
            .Param("timeout", count);
        Action("delete_command", "delete_command").Required("command", commands).Param("device", text);
    }
}
