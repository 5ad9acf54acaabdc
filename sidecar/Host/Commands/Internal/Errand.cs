using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>A command that has been checked and may be sent.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Id">Its id, the same when it is sent again.</param>
/// <param name="Device">To whom.</param>
/// <param name="Name">The device's name for people.</param>
/// <param name="Entity">Which of its entities.</param>
/// <param name="Deadline">How long the caller waits.</param>
/// <param name="Began">Since when, on the monotonic clock.</param>
internal sealed record Errand(
    CommandRequest Request, string Id, RegisteredDevice Device, string Name, EntityDescription Entity, TimeSpan Deadline, long Began)
{
    /// <summary>Whether doing it twice is the same as doing it once.</summary>
    public bool IsIdempotent => CommandActions.IsIdempotent(Entity.Platform, Request.Action);
}
