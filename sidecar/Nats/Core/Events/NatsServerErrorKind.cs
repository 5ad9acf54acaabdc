namespace NATS.Client.Core;

/// <summary>The kinds of -ERR that a server sends (texts of nats-server, which are part of its protocol).</summary>
public enum NatsServerErrorKind
{
    Unknown = 0,
    AuthorizationViolation,
    AuthenticationExpired,
    AuthenticationRevoked,
    AccountAuthenticationExpired,
    PermissionsViolation,
    StaleConnection,
    MaximumConnectionsExceeded,
    MaximumAccountConnectionsExceeded,
    MaximumSubscriptionsExceeded,
}
