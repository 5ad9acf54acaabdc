using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Host.Registry;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>A command that fits its entity's description.</summary>
/// <param name="Request">What was requested.</param>
/// <param name="Id">Its id, the same when it is sent again.</param>
/// <param name="Device">The device.</param>
/// <param name="Entity">Which of its entities.</param>
/// <param name="Deadline">How long the caller waits.</param>
/// <param name="Began">Since when, on the monotonic clock.</param>
internal sealed record CheckedCommand(
    CommandRequest Request, string Id, RegisteredDevice Device, EntityDescription Entity, TimeSpan Deadline, long Began)
{
    /// <summary>The device's name for people.</summary>
    public string Name => Device.Description.Name ?? Device.Description.Id.ToString();

    /// <summary>Whether carrying it out twice is the same as carrying it out once.</summary>
    public bool IsIdempotent => CommandActions.IsIdempotent(Entity.Platform, Request.Action);

    /// <summary>
    /// Whether the device is expected to answer. One that sleeps counts as online although it is not there: its silence means that it sleeps
    /// (docs/devices.md, "Online or offline").
    /// </summary>
    public bool IsExpectedOnline => Device.Availability.Online && Device.Description.WhenOffline != OfflineMeaning.Assumed;
}
