using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.DataFolder.Internal;

/// <summary>The data folder; with its lock where a sidecar runs on it, without where a command only reads or adds.</summary>
internal sealed class Folder : IDataFolder, IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const int TokenBytes = 32;
    private const int ShortestToken = 16;
    private readonly FileLock? _lock;
    private readonly ConcurrentQueue<string> _warnings = new();
    private byte[] _tokenHash = [];

    private Folder(string path, FileLock? fileLock)
    {
        Path = path;
        TokenFile = PathOf("token");
        _lock = fileLock;
    }

    public string Path { get; }

    public bool IsHeld => _lock is not null;

    public string TokenFile { get; }

    public static string Locate(BridgeOptions options)
    {
        if (options.Data is { } named)
        {
            return System.IO.Path.GetFullPath(named);
        }

        var state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") ?? "";
        return SettingsFeature.UsualDataFolder(new Dictionary<string, string> { ["XDG_STATE_HOME"] = state });
    }

    public static Folder Look(BridgeOptions options) => new(Locate(options), null);

    public static void RequireUnused(BridgeOptions options)
    {
        var path = Locate(options);
        if (File.Exists(System.IO.Path.Combine(path, "lock")))
        {
            Lock(path, isSidecar: false).Release();
        }
    }

    public static Folder Open(BridgeOptions options, bool exclusive)
    {
        var path = Locate(options);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            if (!exclusive)
            {
                return new Folder(path, null);
            }

            var folder = new Folder(path, Lock(path, isSidecar: true));
            try
            {
                folder.MakePrivate(path);
                folder.LoadToken();
                return folder;
            }
            catch
            {
                folder.Dispose();
                throw;
            }
        }
        catch (Exception exception) when (exception is (IOException and not DataFolderException) or UnauthorizedAccessException)
        {
            throw new DataFolderException(
                $"The data folder {path} cannot be used: {exception.Message} "
                + "Choose another with --data, or give this user the right to write it.");
        }
    }

    public string PathOf(params ReadOnlySpan<string> parts) => System.IO.Path.Combine([Path, .. parts]);

    public bool IsToken(ReadOnlySpan<char> candidate)
    {
        // Hashes are compared, so that not even the length can be measured.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(candidate.ToArray()), hash);
        return CryptographicOperations.FixedTimeEquals(hash, _tokenHash);
    }

    /// <summary>What was made private since the last call, for the log.</summary>
    public IEnumerable<string> TakeWarnings()
    {
        while (_warnings.TryDequeue(out var warning))
        {
            yield return warning;
        }
    }

    public byte[]? ReadPrivate(string path)
    {
        using var handle = PosixFile.TryOpenToRead(path);
        if (handle is null)
        {
            return null;
        }

        if ((File.GetUnixFileMode(handle) & Others) is not 0 and var mode)
        {
            Mend(path, mode, () => File.SetUnixFileMode(handle, OwnerOnly), () => File.GetUnixFileMode(handle));
        }

        using var stream = new FileStream(handle, FileAccess.Read);
        var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    public void WritePrivate(string path, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
        var temporary = $"{path}.{Environment.ProcessId}.new";

        // What a killed process left behind, or a link that was put there: the new file is made by us or not at all.
        File.Delete(temporary);
        var create = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 0,
        };
        using (var stream = new FileStream(temporary, create))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    public void Dispose() => _lock?.Release();

    private static FileLock Lock(string path, bool isSidecar)
    {
        var file = System.IO.Path.Combine(path, "lock");
        var taken = FileLock.TryTake(file);
        if (taken is null)
        {
            var holder = FileLock.ReadHolder(file);
            throw new DataFolderException(
                $"Another sidecar{(holder.Length > 0 ? $" (process {holder})" : "")} runs on the data folder {path}. "
                + "Stop it, or give this one a folder of its own with --data.",
                isTaken: true);
        }

        if (isSidecar)
        {
            taken.WriteHolder(Environment.ProcessId);
        }

        return taken;
    }

    /// <summary>The folder itself may be a link, to another disk for example.</summary>
    private void MakePrivate(string path)
    {
        if ((File.GetUnixFileMode(path) & Others) is not 0 and var mode)
        {
            Mend(
                path, mode, () => File.SetUnixFileMode(path, OwnerOnly | UnixFileMode.UserExecute), () => File.GetUnixFileMode(path));
        }
    }

    private void Mend(string path, UnixFileMode excess, Action change, Func<UnixFileMode> look)
    {
        var reason = "its file system has no modes";
        try
        {
            change();
        }
        catch (UnauthorizedAccessException)
        {
            reason = "it belongs to another user";
        }

        if ((look() & Others) != 0)
        {
            throw new DataFolderException(
                $"{path} is open to other users of this machine, and cannot be closed to them: {reason}. "
                + "Give it to the user who runs this (chown), or choose another folder with --data.");
        }

        var isRead = (excess & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0;
        _warnings.Enqueue(
            path == TokenFile && isRead
                ? $"{path} could be read by other users. That is mended; if one of them may have read it, delete it and restart."
                : $"{path} was open to other users. That is mended.");
    }

    private void LoadToken()
    {
        if (ReadPrivate(TokenFile) is not { } content)
        {
            Span<byte> random = stackalloc byte[TokenBytes];
            RandomNumberGenerator.Fill(random);
            content = Encoding.ASCII.GetBytes(Base64Url.EncodeToString(random) + "\n");
            WritePrivate(TokenFile, content);
        }

        var token = Encoding.UTF8.GetString(content).Trim();
        if (token.Length < ShortestToken)
        {
            throw new DataFolderException(
                $"The access token in {TokenFile} is shorter than {ShortestToken} characters. "
                + "Delete the file and a new one is made at the next start.");
        }

        _tokenHash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
    }
}
