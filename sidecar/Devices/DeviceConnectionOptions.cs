using HaNatsBridge.Devices.Internal;
using NATS.Client.Core;
using NATS.NKeys;

namespace HaNatsBridge.Devices;

/// <summary>Where the NATS server of the home is, and as whom devices log in: by password, token or seed.</summary>
public sealed record DeviceConnectionOptions
{
    /// <summary>
    /// The server's address, several joined by commas. <c>tls://host:4222</c> where it speaks TLS: a home does wherever it is
    /// reached from other machines.
    /// </summary>
    public string Url { get; init; } = "nats://127.0.0.1:4222";

    /// <summary>The name that the server shows for this connection.</summary>
    public string Name { get; init; } = "devices";

    /// <summary>The home's root prefix.</summary>
    public string Prefix { get; init; } = "home";

    /// <summary>
    /// Whose credential it is: <c>lamp.desk</c> of a device (and the devices behind it), <c>zigbee.*</c> of a gateway for a whole
    /// type, null without one.
    /// </summary>
    /// <remarks>
    /// It decides the inbox prefix and the subject of announcements (contract/subjects.md, "A device's rights").
    /// </remarks>
    public string? CredentialOf { get; init; }

    /// <summary>The user's name, with <see cref="Password"/>.</summary>
    public string? User { get; init; }

    /// <summary>The password of <see cref="User"/>.</summary>
    public string? Password { get; init; }

    /// <summary>A token.</summary>
    public string? Token { get; init; }

    /// <summary>An NKey's seed, <c>SU…</c>.</summary>
    public string? Seed { get; init; }

    /// <summary>A file with the seed on a line of its own. It is read when the connection is made.</summary>
    public string? SeedFile { get; init; }

    /// <summary>A credentials file with a JWT and its seed, of a server in operator mode.</summary>
    public string? CredsFile { get; init; }

    /// <summary>
    /// A file (PEM) with the issuer of the server's certificate, for a home the <c>ca.pem</c> that <c>bridge tls init</c> and
    /// <c>bridge device add</c> name. The connection is then made with TLS or not at all. Null: the system's issuers.
    /// </summary>
    public string? CaFile { get; init; }

    /// <summary>Changes the client's options last: <c>nats =&gt; nats with { TlsOpts = … }</c>.</summary>
    public Func<NatsOpts, NatsOpts>? Configure { get; init; }

    internal CredentialScope Scope => CredentialScope.Parse(CredentialOf);

    /// <exception cref="IOException">The seed's file cannot be read.</exception>
    /// <exception cref="FormatException">The seed is none.</exception>
    internal NatsOpts ToNats()
    {
        var options = new NatsOpts
        {
            Url = Url,
            Name = Name,
            AuthOpts = Login(),
            TlsOpts = CaFile is null ? NatsTlsOpts.Default : new NatsTlsOpts { CaFile = CaFile, Mode = TlsMode.Require },
            InboxPrefix = Scope.InboxPrefix,

            // A credential may be made after its device is switched on.
            IgnoreAuthErrorAbort = true,

            // A restart of the server shall hardly be noticed, and a long one not cost much.
            ReconnectWaitMin = TimeSpan.FromMilliseconds(200),
            ReconnectWaitMax = TimeSpan.FromSeconds(2),

            // A connection on which nothing answers is noticed within a minute.
            PingInterval = TimeSpan.FromSeconds(20),

            // States are retained here and published after the reconnect; a publisher need not wait for it.
            PublishTimeoutOnDisconnected = true,
        };
        return Configure?.Invoke(options) ?? options;
    }

    private NatsAuthOpts Login()
    {
        var seed = Seed ?? (SeedFile is { } file ? ReadSeed(file) : null);
        return new NatsAuthOpts
        {
            Username = User,
            Password = Password,
            Token = Token,
            Seed = seed,
            CredsFile = CredsFile,
            NKey = seed is null ? null : PublicKey(seed),
        };
    }

    private static string PublicKey(string seed)
    {
        try
        {
            using var pair = KeyPair.FromSeed(seed);
            return pair.GetPublicKey();
        }
        catch (Exception exception) when (exception is ArgumentException or NKeysException or IndexOutOfRangeException)
        {
            throw new FormatException("The seed of the NKey cannot be read; it begins with SU and has 58 characters.", exception);
        }
    }

    private static string ReadSeed(string file) =>
        File.ReadLines(file).Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith("SU", StringComparison.Ordinal))
        ?? throw new FormatException($"{file} has no line with a seed (SU…).");
}
