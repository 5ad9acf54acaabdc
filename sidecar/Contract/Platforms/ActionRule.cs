using System.Text.Json;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>An action of a platform: Home Assistant's service without its domain.</summary>
internal sealed class ActionRule(string name)
{
    private readonly List<ParamRule> _params = [];

    public string Name { get; } = name;

    public IReadOnlyList<ParamRule> Params => _params;

    /// <summary>The features of which one must be there; empty: none is needed.</summary>
    public string[] Features { get; init; } = [];

    /// <summary>Whether doing it twice is the same as doing it once.</summary>
    public bool Idempotent { get; init; } = true;

    /// <summary>What several parameters say together: the wrong one's name and what is wrong, or null.</summary>
    public Func<EntityRules, JsonElement, (string Name, string Message)?>? Together { get; init; }

    public ActionRule Param(string name, ValueRule rule) => Param(new ParamRule(name, rule));

    public ActionRule Required(string name, ValueRule rule) => Param(new ParamRule(name, rule) { Required = true });

    public ActionRule Param(ParamRule rule)
    {
        _params.Add(rule);
        return this;
    }
}
