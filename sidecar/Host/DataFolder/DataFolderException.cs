namespace HaNatsBridge.Host.DataFolder;

/// <summary>The data folder cannot be used; the message says why and what to do, for people.</summary>
public sealed class DataFolderException(string message, bool isTaken = false) : IOException(message)
{
    /// <summary>Whether another sidecar runs on it.</summary>
    public bool IsTaken { get; } = isTaken;
}
