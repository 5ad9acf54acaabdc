using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>States to take from the stream for entities that were just announced.</summary>
/// <param name="Device">Whose.</param>
/// <param name="Subjects">The subjects whose last message may be about them.</param>
/// <param name="Keys">
/// The entities that it is for; null: all of the device. A snapshot speaks of the others too, but of them nothing is new: applied again, it would show a state that has expired, and
/// repeat a moment of who wants every repetition.
/// </param>
internal sealed record BackfillRequest(DeviceId Device, IReadOnlyCollection<string> Subjects, IReadOnlySet<string>? Keys);
