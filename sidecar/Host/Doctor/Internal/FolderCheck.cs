using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.Doctor.Internal;

/// <summary>The data folder: there, private, with room, and whether a sidecar holds it.</summary>
internal sealed class FolderCheck(BridgeOptions options)
{
    private const long Little = 512L << 20;
    private const long TooLittle = 64L << 20;
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public string Path { get; } = DataFolderFeature.PathOf(options);

    public bool Exists => Directory.Exists(Path);

    public string TokenFile => System.IO.Path.Combine(Path, "token");

    public string LockFile => System.IO.Path.Combine(Path, "lock");

    /// <summary>Whether a sidecar runs on it.</summary>
    public bool IsHeld
    {
        get
        {
            if (!File.Exists(LockFile) || IsLink(LockFile))
            {
                return false;
            }

            using var free = FileLock.TryTake(LockFile);
            return free is null;
        }
    }

    public IEnumerable<Finding> Examine()
    {
        if (!Exists)
        {
            yield return Finding.Ok($"The data folder {Path} is made at the first start");
            yield break;
        }

        yield return (File.GetUnixFileMode(Path) & Others) == 0
            ? Finding.Ok($"The data folder is {Path}")
            : Finding.Warning(
                $"The data folder {Path} is open to other users", "The next start of the sidecar closes it; or chmod 700 now.");
        if (IsLink(LockFile))
        {
            yield return Link(LockFile);
        }

        if (File.Exists(TokenFile))
        {
            yield return ExamineSecret(TokenFile, "The access token");
        }

        var secrets = System.IO.Path.Combine(Path, "nats", "secrets");
        if (File.Exists(secrets))
        {
            yield return ExamineSecret(secrets, "The file of the embedded server's secrets");
        }

        var free = new DriveInfo(Path).AvailableFreeSpace;
        var space = $"Only {free >> 20} MiB are free on the data folder's disk";
        yield return free < TooLittle ? Finding.Error(space, "Make room: without it nothing more is stored.")
            : free < Little ? Finding.Warning(space, "Make room: on a small disk streams hold a shorter past.")
            : Finding.Ok($"{free >> 20} MiB are free on the data folder's disk");
    }

    private static bool IsLink(string file) => new FileInfo(file).LinkTarget is not null;

    private static Finding Link(string file) =>
        Finding.Error($"{file} is a symbolic link, which is not followed", "Remove it.");

    private static Finding ExamineSecret(string file, string what)
    {
        if (IsLink(file))
        {
            return Link(file);
        }

        try
        {
            using var readable = File.OpenRead(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Finding.Error($"{what} cannot be read: {exception.Message}", "Run this as the user who runs the sidecar.");
        }

        return (File.GetUnixFileMode(file) & Others) == 0
            ? Finding.Ok($"{what} is readable by its owner only ({file})")
            : Finding.Error(
                $"{what} can be read by others ({file})",
                $"chmod 600 {file}; delete the file and restart if others may have read it.");
    }
}
