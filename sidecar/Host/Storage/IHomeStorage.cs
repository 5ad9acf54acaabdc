using HaNatsBridge.Contract.Identity;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage;

/// <summary>
/// The home's streams and buckets (docs/architecture.md, "Streams and buckets"): made and brought into shape in one place, as the
/// features declare them (<see cref="StorageDeclarations"/>). A stream of the right name with other subjects is refused by name;
/// an older sidecar refuses to write over a newer format.
/// </summary>
public interface IHomeStorage
{
    /// <summary>Every subject of the home, for its root prefix.</summary>
    HomeSubjects Subjects { get; }

    /// <summary>The names of the home's streams and buckets.</summary>
    HomeNames Names { get; }

    /// <summary>JetStream on the home connection.</summary>
    INatsJSContext JetStream { get; }

    /// <summary>
    /// Completes when <see cref="BridgeId"/> is known, which is before <see cref="Ready"/>: from then on repairs can be shown,
    /// also those about what keeps the rest from being ready. Never faults.
    /// </summary>
    Task Identified { get; }

    /// <summary>
    /// Completes when every declared stream and bucket exists. Never faults: trouble is tried again, and health says what it is.
    /// </summary>
    Task Ready { get; }

    /// <summary>
    /// The home's identity, eight characters made once, stored in KV with a copy in the data folder. Valid once <see
    /// cref="Identified"/>.
    /// </summary>
    string BridgeId { get; }

    /// <summary>
    /// Asks, once a connection, whether the store behind it is still this home's. To be awaited before anything is written: after
    /// a reconnect the store may be another home's (an address that leads elsewhere, an exchanged disk). The host restarts then.
    /// </summary>
    /// <exception cref="NatsException">The store is another one, or could not be asked.</exception>
    ValueTask EnsureThisHomeAsync(CancellationToken cancellationToken);

    /// <summary>A declared bucket, by its name. Valid once <see cref="Ready"/>.</summary>
    INatsKVStore Bucket(string name);
}
