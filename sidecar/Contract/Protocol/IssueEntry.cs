namespace HaNatsBridge.Contract.Protocol;

/// <summary>A repair in a batch.</summary>
/// <param name="Id">Unique while it stands: <c>duplicate_device.climate.hall</c>.</param>
/// <param name="Key">Which text is shown: <c>duplicate_device</c>.</param>
/// <param name="Severity"><c>warning</c> or <c>error</c>.</param>
/// <param name="Placeholders">What the text names.</param>
/// <param name="Active">False clears it.</param>
public readonly record struct IssueEntry(string Id, string Key, string Severity, IReadOnlyDictionary<string, string> Placeholders, bool Active);
