using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Timing;

namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>An announcement whose connection is to be found.</summary>
/// <param name="Id">The device.</param>
/// <param name="Reply">Where it wanted its answer; null: nowhere.</param>
/// <param name="At">When it was heard, by <see cref="MonotonicClock"/>.</param>
internal sealed record ConnectionLookup(DeviceId Id, string? Reply, long At);
