using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host;

/// <summary>A feature as Program.cs composes it.</summary>
/// <param name="Role">Its name in <c>--role</c>; null: part of every sidecar.</param>
/// <param name="Add">Registers it.</param>
/// <param name="Map">Maps its endpoints; null when it has none.</param>
public sealed record Feature(string? Role, Func<IServiceCollection, IServiceCollection> Add, Action<WebApplication>? Map = null)
{
    /// <summary>The role that runs wherever this one runs; null: none.</summary>
    public string? Needs { get; init; }

    /// <summary>The settings that it declares.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [];
}
