using System.Globalization;

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
        ("connection throttling is active", NatsServerErrorKind.MaximumConnectionsExceeded),
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

    /// <summary>False for what leaves the connection open: it concerns one subscription or publish.</summary>
    public static bool EndsConnection(string error) =>
        KindOf(error) is not (NatsServerErrorKind.PermissionsViolation or NatsServerErrorKind.MaximumSubscriptionsExceeded)
        && !error.StartsWith("invalid subject", StringComparison.OrdinalIgnoreCase)
        && !error.StartsWith("invalid publish subject", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// What <c>Permissions Violation for Subscription to "a.b" using queue "q"</c> names, or, after rights were taken away, <c>… to "a.b" (sid "7")</c>; null when the text is not of that form.
    /// </summary>
    public static DeniedSubscription? ParseDeniedSubscription(string error)
    {
        if (Quoted(error, "for Subscription to \"") is not { } subject)
        {
            return null;
        }

        var sid = int.TryParse(Quoted(error, "(sid \""), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return new DeniedSubscription(subject, Quoted(error, "using queue \""), sid);
    }

    private static string? Quoted(string error, string marker)
    {
        var start = error.IndexOf(marker, StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return null;
        }

        start += marker.Length;
        var end = error.IndexOf('"', start);
        return end < 0 ? null : error[start..end];
    }
}
