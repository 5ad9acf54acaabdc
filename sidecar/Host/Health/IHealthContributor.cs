namespace HaNatsBridge.Host.Health;

/// <summary>
/// A feature's own part of <c>GET /api/health</c>. Registered by the feature: <c>services.AddSingleton&lt;IHealthContributor,
/// …&gt;()</c>.
/// </summary>
public interface IHealthContributor
{
    /// <summary>Its name in the report: <c>storage</c>.</summary>
    string Name { get; }

    /// <summary>The state now. Cheap and from memory: no I/O, no waiting, no exception.</summary>
    HealthReport Report();

    /// <summary>
    /// The state alone, for callers without a token, who may ask as often as they like: override it where the whole report costs
    /// more than reading a field.
    /// </summary>
    HealthState State() => Report().State;
}
