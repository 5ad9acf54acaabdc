namespace HaNatsBridge.Host.Availability;

/// <summary>What a device's description says about its availability.</summary>
/// <param name="Lease">
/// How long it counts as online after a sign of life (<c>lease_seconds</c>), in milliseconds; 0: no limit.
/// </param>
/// <param name="Assumed">
/// Whether it sleeps (<c>when_offline: assumed</c>): a closed connection does not mean that it is offline.
/// </param>
public readonly record struct AvailabilityTerms(long Lease, bool Assumed);
