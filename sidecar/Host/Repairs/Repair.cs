namespace HaNatsBridge.Host.Repairs;

/// <summary>Something that a person should look at.</summary>
/// <param name="Id">Unique while it stands: <c>duplicate_device.climate.hall</c>.</param>
/// <param name="Key">Which text Home Assistant shows, a key under <c>issues</c> of the integration's translations:
/// <c>duplicate_device</c>.</param>
/// <param name="Severity"><c>warning</c> or <c>error</c>.</param>
/// <param name="Placeholders">What the text names.</param>
public sealed record Repair(string Id, string Key, string Severity, IReadOnlyDictionary<string, string> Placeholders);
