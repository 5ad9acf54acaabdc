namespace HaNatsBridge.Contract.Platforms;

/// <summary>A parameter of an action.</summary>
internal sealed record ParamRule(string Name, ValueRule Rule)
{
    public bool Required { get; init; }

    /// <summary>The feature without which the parameter makes no sense.</summary>
    public string? Feature { get; init; }

    /// <summary>The declared words of which one must be among those of <see cref="DeclaredField"/>, as the colour modes that take a colour.</summary>
    public FieldRule? DeclaredField { get; init; }

    /// <summary>See <see cref="DeclaredField"/>.</summary>
    public string[] DeclaredWords { get; init; } = [];

    /// <summary>At most one parameter of a group may be given.</summary>
    public string? Group { get; init; }
}
