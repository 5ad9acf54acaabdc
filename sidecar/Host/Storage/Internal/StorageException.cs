using HaNatsBridge.Host.Repairs;

namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The storage cannot be made as designed; the message says why and what to do, for people.</summary>
internal sealed class StorageException(string message) : Exception(message)
{
    /// <summary>Whether a newer sidecar has written what is stored: this one must not write any more.</summary>
    public bool IsNewer { get; init; }

    /// <summary>What a person must mend, shown in Home Assistant until it is; null where nobody but the log need know.</summary>
    public Repair? Repair { get; init; }
}
