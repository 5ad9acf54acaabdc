namespace HaNatsBridge.Host.Admin;

/// <summary>A feature's own part of <c>GET /api/health</c>. Register it beside the feature: <c>services.AddSingleton&lt;IHealthContributor, …&gt;()</c>.</summary>
public interface IHealthContributor
{
    /// <summary>Its name in the report: <c>storage</c>.</summary>
    string Name { get; }

    /// <summary>How it is now. Cheap and from memory: no I/O, no waiting, no exception.</summary>
    HealthReport Report();

    /// <summary>In a word, for who has no token and may ask as often as he likes: override it where the whole report takes longer than looking at a field.</summary>
    HealthState State() => Report().State;
}
