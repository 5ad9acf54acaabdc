using System.Text.Json;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.DataFolder;
using HaNatsBridge.Mqtt;

namespace HaNatsBridge.Host.Fleet.Internal;

/// <summary>
/// The credentials in the data folder: this machine's own, because they are the embedded server's configuration.
/// </summary>
internal sealed class FleetStore(IDataFolder folder, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A file system's clock may be so coarse: a file that is younger may change once more without looking so.</summary>
    private static readonly TimeSpan Coarse = TimeSpan.FromSeconds(2);
    private volatile Known? _known;

    private string StoreFile => folder.PathOf("fleet.json");

    /// <summary>What is stored now; the file is read again only when it has changed.</summary>
    /// <exception cref="FleetException">The file cannot be read.</exception>
    public IReadOnlyList<Credential> Read()
    {
        var file = new FileInfo(StoreFile);
        if (!file.Exists)
        {
            return [];
        }

        if (_known is { } known && known.Written == file.LastWriteTimeUtc && known.Length == file.Length)
        {
            return known.Credentials;
        }

        var now = new Known(file.LastWriteTimeUtc, file.Length, ReadFile());
        if (time.GetUtcNow().UtcDateTime - now.Written > Coarse)
        {
            _known = now;
        }

        return now.Credentials;
    }

    /// <summary>Changes what is stored, one command at a time; null from <paramref name="change"/> leaves it.</summary>
    public async Task<bool> ChangeAsync(
        Func<IReadOnlyList<Credential>, IEnumerable<Credential>?> change, CancellationToken cancellationToken)
    {
        using var alone = await FileLock.TakeAsync(folder.PathOf("fleet.lock"), Patience, time, cancellationToken);
        if (change(File.Exists(StoreFile) ? ReadFile() : []) is not { } changed)
        {
            return false;
        }

        var entries = changed.Select(one => new FleetFile.Entry(
            one.Name, one.Login, one.PasswordHash, one.Type, [.. one.Devices.Select(device => device.ToString())], one.Created,
            one.Client, one.Mqtt)).ToArray();
        var format = Array.Exists(entries, one => one.Mqtt is not null) ? FleetFile.CurrentFormat
            : Array.Exists(entries, one => one.Client is not null) ? FleetFile.WithoutMqtt : FleetFile.WithoutClients;
        folder.WritePrivate(
            StoreFile, JsonSerializer.SerializeToUtf8Bytes(new FleetFile(format, entries), FleetJson.Default.FleetFile));
        return true;
    }

    private IReadOnlyList<Credential> ReadFile()
    {
        try
        {
            var file = JsonSerializer.Deserialize(folder.ReadPrivate(StoreFile), FleetJson.Default.FleetFile);
            return file is { Format: <= FleetFile.CurrentFormat, Credentials: not null }
                ? [.. file.Credentials.Select(Parse)]
                : throw new FleetException($"{StoreFile} was written by a newer version. Use that one.");
        }
        catch (JsonException exception)
        {
            throw new FleetException(
                $"{StoreFile} cannot be read ({exception.Message}). Mend it, or delete it and make the credentials anew.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FleetException(
                $"{StoreFile} cannot be read ({exception.Message}). "
                + "It must be the sidecar's own: a command with sudo makes it root's, and chown gives it back.");
        }
    }

    private Credential Parse(FleetFile.Entry entry)
    {
        // What is written here becomes server configuration: nothing but safe tokens gets through.
        var devices = (entry.Devices ?? []).Select(text => DeviceId.TryParse(text, out var id) ? id : (DeviceId?)null).ToArray();
        var isWhole = entry.Client is { } client
            ? Token.IsValid(entry.Name)
                && client.Actions?.All(one => one is not null && ClientRights.ReadPattern(one) == one) == true
                && (client.Subjects ?? []).All(one => one is not null && ClientRights.IsSubject(one))
            : Token.IsValid(entry.Type) && (entry.Mqtt is null || IsWhole(entry.Name, entry.Mqtt));
        return isWhole && devices.All(device => device is not null) && entry.Login is { Length: > 0 }
            ? new Credential(
                entry.Name,
                entry.Login,
                entry.PasswordHash,
                entry.Client is null ? entry.Type : "",
                entry.Client is null ? [.. devices.Select(device => device!.Value)] : [],
                entry.Created) { Client = entry.Client, Mqtt = entry.Mqtt }
            : throw new FleetException(
                $"{StoreFile}: the credential '{entry.Name}' is malformed. Mend it, or delete it and make it anew.");
    }

    private static bool IsWhole(string? name, MqttTopics mqtt) =>
        DeviceId.TryParse(name, out _) && mqtt.Filters?.All(one => one is not null && MqttSubjects.ProblemOfFilter(one) is null) == true;

    private sealed record Known(DateTime Written, long Length, IReadOnlyList<Credential> Credentials);
}
