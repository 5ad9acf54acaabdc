using System.Text.Json;
using HaNatsBridge.Contract.Platforms.Rules;

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

    /// <summary>Checks several parameters together: the name and the error of the wrong one, or null.</summary>
    public Func<EntityRules, JsonElement, (string Name, string Message)?>? Together { get; init; }

    /// <summary>The data with which the device answers; null: none.</summary>
    public ResponseRule? Response { get; init; }

    /// <summary>
    /// The data with which the device answers where it is no list, as its page shows it; null: see <see cref="Response"/>.
    /// </summary>
    public string? Answer { get; init; }

    public ParamRule? FindParam(string param) => _params.Find(p => p.Name == param);

    public ActionRule Param(string name, ValueRule rule) => Param(new ParamRule(name, rule));

    public ActionRule Required(string name, ValueRule rule) => Param(new ParamRule(name, rule) { Required = true });

    public ActionRule Param(ParamRule rule)
    {
        _params.Add(rule);
        return this;
    }
}

/// <summary>A parameter of an action.</summary>
internal sealed record ParamRule(string Name, ValueRule Rule)
{
    public bool Required { get; init; }

    /// <summary>The feature without which the parameter makes no sense.</summary>
    public string? Feature { get; init; }

    /// <summary>
    /// The declared words of which one must be among those of <see cref="DeclaredField"/>, as the colour modes that take a
    /// colour.
    /// </summary>
    public FieldRule? DeclaredField { get; init; }

    /// <summary>See <see cref="DeclaredField"/>.</summary>
    public string[] DeclaredWords { get; init; } = [];

    /// <summary>At most one parameter of a group may be given.</summary>
    public string? Group { get; init; }
}

/// <summary>The data of a device's answer: an object with one list.</summary>
/// <param name="List">The member that is the list.</param>
/// <param name="Records">What is in it.</param>
internal sealed record ResponseRule(string List, RecordsRule Records);
