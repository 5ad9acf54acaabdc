namespace HaNatsBridge.Host;

/// <summary>A feature as Program.cs composes it.</summary>
/// <param name="Role">Its name in <c>--role</c>; null: part of every sidecar.</param>
/// <param name="Add">Registers it.</param>
/// <param name="Map">Maps its endpoints; null when it has none.</param>
public sealed record Feature(string? Role, Func<IServiceCollection, IServiceCollection> Add, Action<WebApplication>? Map = null)
{
    /// <summary>The roles whose interfaces it uses, or without which it would be wrong: they run wherever it runs.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];
}
