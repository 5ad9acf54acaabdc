namespace NATS.Client.Core.Internal;

/// <summary>Reads the texts of -ERR. They begin with fixed words; permission violations name the subject behind them.</summary>
internal static class ServerErrors
{
    private static readonly (string Text, NatsServerErrorKind Kind)[] Known =
    [
        ("permissions violation", NatsServerErrorKind.PermissionsViolation),
        ("authorization violation", NatsServerErrorKind.AuthorizationViolation),
        ("user authentication expired", NatsServerErrorKind.AuthenticationExpired),
        ("user authentication revoked", NatsServerErrorKind.AuthenticationRevoked),
        ("account authentication expired", NatsServerErrorKind.AccountAuthenticationExpired),
        ("stale connection", NatsServerErrorKind.StaleConnection),
        ("maximum subscriptions", NatsServerErrorKind.MaximumSubscriptionsExceeded),
        ("maximum account active connections", NatsServerErrorKind.MaximumAccountConnectionsExceeded),
        ("maximum connections", NatsServerErrorKind.MaximumConnectionsExceeded),
    ];

    public static NatsServerErrorKind KindOf(string error)
    {
        foreach (var (text, kind) in Known)
        {
            if (error.StartsWith(text, StringComparison.OrdinalIgnoreCase))
            {
                return kind;
            }
        }

        return NatsServerErrorKind.Unknown;
    }

    public static bool IsAuthError(NatsServerErrorKind kind) => kind is
        NatsServerErrorKind.AuthorizationViolation or NatsServerErrorKind.AuthenticationExpired or
        NatsServerErrorKind.AuthenticationRevoked or NatsServerErrorKind.AccountAuthenticationExpired;

    /// <summary>The subject of <c>Permissions Violation for Subscription to "a.b" using queue "q"</c>; null when the text is not of that form.</summary>
    public static string? DeniedSubscription(string error)
    {
        const string Marker = "for Subscription to \"";
        var start = error.IndexOf(Marker, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return null;
        }

        start += Marker.Length;
        var end = error.IndexOf('"', start);
        return end < 0 ? null : error[start..end];
    }
}
