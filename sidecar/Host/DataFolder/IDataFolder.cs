namespace HaNatsBridge.Host.DataFolder;

/// <summary>
/// The folder of what is this machine's own: token, server configuration, log. The home's state is not here but in JetStream.
/// </summary>
public interface IDataFolder
{
    /// <summary>The folder, absolute.</summary>
    string Path { get; }

    /// <summary>Whether this process holds it, as a sidecar does; a command beside one does not.</summary>
    bool IsHeld { get; }

    /// <summary>The file with the access token, made on first start, mode 0600.</summary>
    string TokenFile { get; }

    /// <summary>A file or folder in it.</summary>
    string PathOf(params ReadOnlySpan<string> parts);

    /// <summary>Whether that is the access token. Takes the same time whatever is wrong with it.</summary>
    bool IsToken(ReadOnlySpan<char> candidate);

    /// <summary>
    /// Reads a file that only its owner may read; null when there is none. A symbolic link is not followed. A file that others
    /// could read is made private again, and a warning is logged.
    /// </summary>
    /// <exception cref="DataFolderException">It is a link, or cannot be made private.</exception>
    byte[]? ReadPrivate(string path);

    /// <summary>Writes a file that only its owner may read, so that a reader sees the old or the new one, never a half.</summary>
    void WritePrivate(string path, ReadOnlySpan<byte> content);
}
