using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>States to take from the stream for entities that were just announced.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Subjects">The subjects whose last message may be about them.</param>
internal sealed record BackfillRequest(DeviceId Device, IReadOnlyCollection<string> Subjects);
