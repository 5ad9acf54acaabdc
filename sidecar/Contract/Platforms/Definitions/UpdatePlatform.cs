using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>update</c>: it derives on and off from the two versions.</summary>
internal sealed class UpdatePlatform : PlatformDefinition
{
    private const int MaxUrl = 2048;

    public UpdatePlatform()
        : base("update")
    {
        DeviceClasses(["firmware"]);
        Text("title");
        Whole("display_precision", 0, 10);
        FeatureNames("install", "specific_version", "progress", "backup", "release_notes");

        State = new OnOffRule();
        Attribute("installed_version", new TextRule());
        Attribute("latest_version", new TextRule());
        Attribute("in_progress", new BooleanRule());
        Attribute("update_percentage", new NumberRule { Min = 0, Max = 100 });
        Attribute("auto_update", new BooleanRule());
        Attribute("release_summary", new TextRule());
        Attribute("release_url", new TextRule { Max = MaxUrl });

        // A second call while the first one runs would install twice.
        Action(new ActionRule("install") { Features = ["install"], Idempotent = false })
            .Param(new ParamRule("version", new TextRule()) { Feature = "specific_version" })
            .Param(new ParamRule("backup", new BooleanRule()) { Feature = "backup" });
        Action(new ActionRule("release_notes")
        {
            Features = ["release_notes"],
            Answer = """{"release_notes": "Text in Markdown"}""",
        });
    }
}
