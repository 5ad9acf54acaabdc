using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>lock</c>.</summary>
internal sealed class LockPlatform : PlatformDefinition
{
    public LockPlatform()
        : base("lock")
    {
        var format = Pattern("code_format");
        FeatureNames("open");
        State = new WordRule
        {
            Words = new OptionSet(["locked", "unlocked", "locking", "unlocking", "open", "opening", "jammed"]),
        };
        Attribute("changed_by", new TextRule());
        var code = new TextRule { PatternField = format };
        Action("lock").Param("code", code);
        Action("unlock").Param("code", code);
        // Each call unlatches the door.
        Action(new ActionRule("open") { Features = ["open"], Idempotent = false }).Param("code", code);
    }
}
