using NATS.Client.Core;

namespace HaNatsBridge.Host.Link;

/// <summary>
/// The sidecar's connections to NATS: one to the home's account, one to the system account, because HOME hears no <c>$SYS</c> and
/// JetStream does not work in SYS (contract.md, "Rights"). Both reconnect for ever: at most 1 s apart in the first minute of an outage, later up to 30 s.
/// </summary>
public interface IHomeLink
{
    /// <summary>The home account's connection; never replaced, so it may be kept.</summary>
    INatsConnection Home { get; }

    /// <summary>The system account's connection; null without system credentials.</summary>
    INatsConnection? System { get; }

    /// <summary>Whether the home connection is open now.</summary>
    bool IsUp { get; }

    /// <summary>How often the home connection was opened; 0 before the first time. A change means: what was heard by core subscription may have a gap.</summary>
    long Generation { get; }

    /// <summary>Completes when the home connection was open for the first time.</summary>
    Task FirstConnected { get; }

    /// <summary>Told of every opening and loss of the home connection, at once and in order. Handlers must not block or throw.</summary>
    event Action<LinkChange>? Changed;
}
