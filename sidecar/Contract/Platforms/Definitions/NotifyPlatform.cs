using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>notify</c>: it has no state, Home Assistant stamps the message itself.</summary>
internal sealed class NotifyPlatform : PlatformDefinition
{
    private const int MaxMessage = 16_384;

    public NotifyPlatform()
        : base("notify")
    {
        FeatureNames("title");
        // Each call shows a message.
        Action(new ActionRule("send_message") { Idempotent = false })
            .Required("message", new TextRule { Max = MaxMessage })
            .Param(new ParamRule("title", new TextRule()) { Feature = "title" });
    }
}
