namespace HaNatsBridge.Contract.States;

/// <summary>A well-known number of a health report.</summary>
/// <param name="Key">The diagnostic sensor's key: <c>health_rssi</c>.</param>
/// <param name="Json">The number as JSON, UTF-8.</param>
public readonly record struct HealthValue(string Key, ReadOnlyMemory<byte> Json);
