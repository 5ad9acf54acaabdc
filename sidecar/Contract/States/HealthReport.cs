using System.Collections.Immutable;

namespace HaNatsBridge.Contract.States;

/// <summary>What a heartbeat says (contract.md, "State", <c>.health</c>).</summary>
/// <param name="Status"><c>online</c>, <c>degraded</c>, <c>offline</c>; null when it says none of these.</param>
/// <param name="Values">The well-known numbers in it, each the state of a diagnostic sensor.</param>
public sealed record HealthReport(string? Status, ImmutableArray<HealthValue> Values)
{
    /// <summary>A heartbeat that says nothing but that the device lives.</summary>
    public static HealthReport SignOfLife { get; } = new(null, []);

    /// <summary>The keys of <see cref="Values"/>, as <c>health_rssi</c>.</summary>
    public IReadOnlyCollection<string> Keys => Values.IsEmpty ? [] : [.. Values.Select(v => v.Key)];
}
