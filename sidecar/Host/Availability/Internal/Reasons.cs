namespace HaNatsBridge.Host.Availability.Internal;

/// <summary>Why a device counts as online or offline, for people and logs.</summary>
internal static class Reasons
{
    /// <summary>It announced itself.</summary>
    public const string Announced = "announced";

    /// <summary>It showed a sign of life: a state, an event, a health report, a command's answer.</summary>
    public const string Seen = "seen";

    /// <summary>It gave no sign of life within its lease.</summary>
    public const string LeaseExpired = "lease_expired";

    /// <summary>Its connection was closed and no other took its place.</summary>
    public const string Disconnected = "disconnected";

    /// <summary>Its health report says so.</summary>
    public const string ReportedOffline = "reported_offline";

    /// <summary>Nothing is known of it yet.</summary>
    public const string Unknown = "unknown";
}
