using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>select</c>.</summary>
internal sealed class SelectPlatform : PlatformDefinition
{
    public SelectPlatform()
        : base("select")
    {
        var options = Texts("options", required: true);
        State = new WordRule { Field = options };
        Action("select_option").Required("option", new WordRule { Field = options });
    }
}
