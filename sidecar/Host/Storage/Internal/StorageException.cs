namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The storage cannot be made as designed; the message says why and what to do, for people.</summary>
internal sealed class StorageException(string message) : Exception(message)
{
    /// <summary>Whether a newer sidecar has written what is stored: this one must not write any more.</summary>
    public bool IsNewer { get; init; }
}
