namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>What a device's description says about its availability.</summary>
/// <param name="Lease">How long it counts as online after a sign of life, in milliseconds; 0: no limit.</param>
/// <param name="Assumed">It sleeps: a closed connection says nothing about it.</param>
internal readonly record struct LeaseTerms(long Lease, bool Assumed);
