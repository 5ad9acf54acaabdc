namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>The storage cannot be made as designed; the message says why and what to do, for people.</summary>
internal sealed class StorageException(string message) : Exception(message);
