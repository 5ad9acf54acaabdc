using HaNatsBridge.Contract.Identity;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;

namespace HaNatsBridge.Host.Storage;

/// <summary>
/// The home's streams and buckets (architecture.md, "Streams and buckets"): made, checked and kept in shape in one place, so that a feature only names
/// what it reads. A stream of the right name with other subjects is refused by name; an older sidecar refuses to write over a newer format.
/// </summary>
public interface IHomeStorage
{
    /// <summary>Every subject of the home, for its root prefix.</summary>
    HomeSubjects Subjects { get; }

    /// <summary>The names of the home's streams and buckets.</summary>
    HomeNames Names { get; }

    /// <summary>JetStream on the home connection.</summary>
    INatsJSContext JetStream { get; }

    /// <summary>Completes when <see cref="BridgeId"/> is known, which is before <see cref="Ready"/>: from then on people can be told what keeps the rest from being ready. Never faults.</summary>
    Task Identified { get; }

    /// <summary>Completes when every stream and bucket exists as designed; never faults (it retries, and health says why it waits).</summary>
    Task Ready { get; }

    /// <summary>The home's identity, eight characters made once, kept in KV with a copy in the data folder. Valid once <see cref="Identified"/>.</summary>
    string BridgeId { get; }

    /// <summary>
    /// Whether the store behind the connection is this home's, by the bridge id in it. False also where there is none yet: a store that came back empty is made first.
    /// Whoever reads all of a bucket anew asks before, so that another home's registry is not taken for this one's.
    /// </summary>
    Task<bool> IsThisHomeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Whoever writes or reads a stream anew asks before: after a reconnect the store may be another home's (a server's disk exchanged, an address that leads elsewhere), and nothing
    /// of it may become ours, nor anything of ours get into it. Asks the server once a connection.
    /// </summary>
    /// <exception cref="NatsException">It is not this home's, or not yet made again, or cannot be asked.</exception>
    ValueTask EnsureThisHomeAsync(CancellationToken cancellationToken);

    /// <summary>A bucket, by what it keeps. Valid once <see cref="Ready"/>.</summary>
    INatsKVStore Bucket(HomeBucket bucket);
}
