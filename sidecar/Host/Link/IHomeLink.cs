using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>
/// The sidecar's long-lived connections to NATS: one to the account of the home and one to the system account, because
/// <c>$SYS</c> cannot be used in the first and JetStream not in the second (contract/subjects.md, "A device's rights"). Both reconnect for ever: at
/// most 1 s apart in the first minute of an outage, later up to 30 s apart.
/// </summary>
public interface IHomeLink
{
    /// <summary>The connection to the account of the home. It is always the same object.</summary>
    INatsConnection Home { get; }

    /// <summary>The connection to the system account; null without credentials for it.</summary>
    INatsConnection? System { get; }

    /// <summary>Whether the home connection is open now.</summary>
    bool IsUp { get; }

    /// <summary>
    /// How often the home connection was opened; 0 before the first time. After a change, messages of core subscriptions may be
    /// missing.
    /// </summary>
    long Generation { get; }

    /// <summary>Completes when the home connection is open for the first time.</summary>
    Task FirstConnected { get; }

    /// <summary>
    /// Raised when the home connection was opened or lost, in order. It may be raised later than the first message of the new
    /// connection. Handlers must not block.
    /// </summary>
    event Action<LinkChange>? Changed;
}
