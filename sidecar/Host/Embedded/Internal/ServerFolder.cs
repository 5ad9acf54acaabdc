using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Host.Settings;
using NATS.NKeys;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>
/// The server's part of the data folder: configuration, secrets, note, store and the lock that a running server itself holds.
/// </summary>
internal sealed class ServerFolder
{
    private const int SecretBytes = 24;
    private const int UsualPort = 4222;
    private readonly IDataFolder _folder;

    public ServerFolder(IDataFolder folder)
    {
        _folder = folder;
        Path = folder.PathOf("nats");
    }

    public string Path { get; }

    public string ConfigFile => Of("server.conf");

    public string ErrorFile => Of("nats-server.err");

    /// <summary>
    /// Held by the server process through an inherited descriptor: while it is taken, a server works on the store, whoever
    /// started it.
    /// </summary>
    public string StoreLock => Of("store.lock");

    public string StoreFolder => Of("store");

    private string NoteFile => Of("server.json");

    private string SecretsFile => Of("secrets");

    private string ListenFile => Of("listen");

    public ServerNote? ReadNote() => ServerNote.Read(NoteFile);

    public void WriteNote(ServerNote note) => _folder.WritePrivate(NoteFile, note.ToJson());

    public void WriteConfig(string main) => _folder.WritePrivate(ConfigFile, Encoding.UTF8.GetBytes(main));

    public void WriteUsers(string users)
    {
        var file = Of(ServerConfig.UsersFile);
        if (!File.Exists(file) || File.ReadAllText(file) != users)
        {
            _folder.WritePrivate(file, Encoding.UTF8.GetBytes(users));
        }
    }

    /// <summary>
    /// Made once: home password, system password, the server's name, the public key of an NKey that is never given out.
    /// </summary>
    public (string Home, string System, string Name, string UnusedKey) Secrets()
    {
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var stored = Encoding.ASCII.GetString(_folder.ReadPrivate(SecretsFile) ?? []);
        if (stored.Split('\n', StringSplitOptions.RemoveEmptyEntries) is [var home, var system, var name, var unusedKey])
        {
            return (home, system, name, unusedKey);
        }

        using var pair = KeyPair.CreatePair(PrefixByte.User);
        var serverName = $"hanatsbridge-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        var made = (Random(), Random(), serverName, pair.GetPublicKey());
        _folder.WritePrivate(SecretsFile, Encoding.ASCII.GetBytes($"{made.Item1}\n{made.Item2}\n{made.Item3}\n{made.Item4}\n"));
        return made;
    }

    /// <summary>
    /// The server that works on the store now, its note null when the note speaks of another; null when none does.
    /// </summary>
    /// <exception cref="EmbeddedServerException">One does, but it cannot be seen from here.</exception>
    public (int Pid, ServerNote? Note)? FindAlive()
    {
        if (!Directory.Exists(Path))
        {
            return null;
        }

        using (var free = FileLock.TryTake(StoreLock))
        {
            if (free is not null)
            {
                return null;
            }
        }

        if (ReadNote() is { } note && note.Boot == Processes.BootId && Processes.StartOf(note.Pid) == note.Started)
        {
            return (note.Pid, note);
        }

        // The sidecar was killed between starting the server and noting it.
        if (Processes.FindByArgument(ConfigFile) is { } pid)
        {
            return (pid, null);
        }

        // It may have ended in between, or another command holds the lock briefly.
        using var again = FileLock.TryTake(StoreLock);
        return again is not null
            ? null
            : throw new EmbeddedServerException(
                $"A server works on {StoreFolder}, but no such process can be seen from here (another container?). "
                + "Run this where it runs (docker compose exec instead of run), stop it, or choose another folder with --data.");
    }

    /// <summary>Where the server listens: as set, as stored, 4222, or a free port that is then stored.</summary>
    public HostPort ChooseListen(string? set)
    {
        if (set is not null && HostPort.TryParse(set, out var wanted))
        {
            return wanted.Port > 0 ? wanted : Keep(wanted, ListenFile);
        }

        if (File.Exists(ListenFile)
            && HostPort.TryParse(File.ReadAllText(ListenFile).Trim(), out var stored) && stored.IsLoopback)
        {
            return stored;
        }

        var usual = new HostPort("127.0.0.1", UsualPort);
        return ListenProbe.IsFree(usual) ? usual : Keep(usual with { Port = 0 }, ListenFile);
    }

    /// <summary>Where it takes MQTT clients: as set, or on a free port that is then stored.</summary>
    public HostPort ChooseMqtt(HostPort set) => set.Port > 0 ? set : Keep(set, Of("mqtt-listen"));

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    private string Of(string name) => System.IO.Path.Combine(Path, name);

    private HostPort Keep(HostPort any, string file)
    {
        if (File.Exists(file) && HostPort.TryParse(File.ReadAllText(file).Trim(), out var stored)
            && stored.Host == any.Host)
        {
            return stored;
        }

        var chosen = any with { Port = ServerPort.Find(any) };
        _folder.WritePrivate(file, Encoding.ASCII.GetBytes(chosen + "\n"));
        return chosen;
    }
}
