namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>
/// Reads the server's <c>Permissions Violation for Publish to "home.devices.climate.hall.set"</c> (and <c>for Subscription to "…"</c>): it comes on no reply subject, so whoever
/// waits there would wait in vain.
/// </summary>
/// <param name="Subject">Which subject.</param>
/// <param name="IsPublish">Whether it may not be published on; else it may not be subscribed to.</param>
internal sealed record DeniedPermission(string Subject, bool IsPublish)
{
    private const string Publish = "for Publish to \"";
    private const string Subscribe = "for Subscription to \"";

    /// <summary>Reads an -ERR; null when it is no such violation.</summary>
    public static DeniedPermission? Read(string error)
    {
        foreach (var (marker, isPublish) in (ReadOnlySpan<(string, bool)>)[(Publish, true), (Subscribe, false)])
        {
            var start = error.IndexOf(marker, StringComparison.OrdinalIgnoreCase);
            if (start >= 0 && error.IndexOf('"', start + marker.Length) is var end and > 0)
            {
                return new DeniedPermission(error[(start + marker.Length)..end], isPublish);
            }
        }

        return null;
    }

    /// <summary>For people: <c>publish on home.devices.climate.hall.set</c>.</summary>
    public override string ToString() => $"{(IsPublish ? "publish on" : "subscribe to")} {Subject}";
}
