using HaNatsBridge.Contract.Platforms.Rules;

namespace HaNatsBridge.Contract.Platforms.Definitions;

/// <summary>Home Assistant's <c>scene</c>: it has no state, Home Assistant stamps the activation itself.</summary>
internal sealed class ScenePlatform : PlatformDefinition
{
    /// <summary>Home Assistant's longest transition, in seconds.</summary>
    private const double MaxTransition = 6553;

    public ScenePlatform()
        : base("scene") =>
        Action("turn_on").Param("transition", new NumberRule { Min = 0, Max = MaxTransition });
}
