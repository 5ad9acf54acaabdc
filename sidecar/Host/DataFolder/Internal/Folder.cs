using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.DataFolder.Internal;

/// <summary>The data folder; with its lock where a sidecar runs on it, without where a command only reads or adds.</summary>
internal sealed class Folder : IDataFolder, IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int TokenBytes = 32;
    private const int ShortestToken = 16;
    private readonly FileLock? _lock;
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

    public static Folder Open(BridgeOptions options, bool exclusive)
    {
        var path = Locate(options);
        try
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            var folder = new Folder(path, exclusive ? Lock(path) : null);
            if (exclusive)
            {
                folder.LoadToken();
            }

            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
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

    public void WritePrivate(string path, ReadOnlySpan<byte> content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
        var temporary = $"{path}.{Environment.ProcessId}.new";
        var create = new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly, BufferSize = 0,
        };
        using (var stream = new FileStream(temporary, create))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    public void Dispose() => _lock?.Release();

    private static FileLock Lock(string path)
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

        taken.WriteHolder(Environment.ProcessId);
        return taken;
    }

    private void LoadToken()
    {
        if (!File.Exists(TokenFile))
        {
            Span<byte> random = stackalloc byte[TokenBytes];
            RandomNumberGenerator.Fill(random);
            WritePrivate(TokenFile, Encoding.ASCII.GetBytes(Base64Url.EncodeToString(random) + "\n"));
        }

        var token = File.ReadAllText(TokenFile).Trim();
        if (token.Length < ShortestToken)
        {
            throw new DataFolderException(
                $"The access token in {TokenFile} is shorter than {ShortestToken} characters. "
                + "Delete the file and a new one is made at the next start.");
        }

        _tokenHash = SHA256.HashData(Encoding.UTF8.GetBytes(token));
    }
}
