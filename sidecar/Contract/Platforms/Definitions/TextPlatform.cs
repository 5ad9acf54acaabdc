using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>text</c>: a wrong length or pattern raises there, so it is wrong here.</summary>
internal sealed class TextPlatform : PlatformDefinition
{
    private const string Password = "password";

    private readonly FieldRule _mode;

    public TextPlatform()
        : base("text")
    {
        var min = Whole("min", 0, TextRule.MaxState);
        var max = Whole("max", 0, int.MaxValue);
        var pattern = Pattern("pattern");
        _mode = Word("mode", "text", Password);
        var text = new TextRule { MinField = min, MaxField = max, PatternField = pattern };
        State = text;
        Action("set_value").Required("value", text);
    }

    public override bool HasSecretState(EntityRules rules) => rules.Text(_mode) == Password;

    public override void Check(EntityDraft draft)
    {
        if (draft.Number("min") > draft.Number("max"))
        {
            draft.Error("max", "expected at least min");
        }
    }
}
