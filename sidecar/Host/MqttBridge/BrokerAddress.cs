using System.Security.Cryptography.X509Certificates;
using System.Text;
using HaNatsBridge.Mqtt;

namespace HaNatsBridge.Host.MqttBridge;

/// <summary>
/// A broker as it is written in a setting: <c>mqtt://user:password@host:1883</c>, or <c>mqtts://</c> with TLS. After a question
/// mark: <c>version</c> (5, 3.1.1), <c>client_id</c>, <c>clean</c> (false keeps the session), <c>prefix</c> of discovery
/// topics,
/// <c>name</c> (what people read), <c>type</c> of its devices in the home, <c>ca</c>, <c>cert</c> and <c>key</c> (PEM files).
/// Holds a secret: <see cref="ToString"/> leaves it out.
/// </summary>
public sealed record BrokerAddress
{
    /// <summary>The name of the embedded server as a broker.</summary>
    internal const string Gateway = "gateway";

    /// <summary>On <see cref="StatusTopic"/>: devices are served.</summary>
    internal const string Online = "online";

    /// <summary>On <see cref="StatusTopic"/>: they are not.</summary>
    internal const string Offline = "offline";

    private const int PlainPort = 1883;
    private const int TlsPort = 8883;

    /// <summary>The host.</summary>
    public required string Host { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>Whether it speaks TLS.</summary>
    public bool IsTls { get; init; }

    /// <summary>The user; null: none.</summary>
    public string? User { get; init; }

    /// <summary>The password; null: none.</summary>
    public string? Password { get; init; }

    /// <summary>5, or 311 for 3.1.1; null: the one that the broker takes.</summary>
    public int? Version { get; init; }

    /// <summary>The client id; null: one of its own that stays the same.</summary>
    public string? ClientId { get; init; }

    /// <summary>Whether the broker forgets the session with the connection.</summary>
    public bool IsClean { get; init; } = true;

    /// <summary>The prefix of discovery topics.</summary>
    public string Prefix { get; init; } = "homeassistant";

    /// <summary>What people read.</summary>
    public required string Name { get; init; }

    /// <summary>The type of its devices in the home.</summary>
    public string Type { get; init; } = "mqtt";

    /// <summary>The issuer of its certificate (PEM); null: those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>A certificate to log in with (PEM); null: none.</summary>
    public string? CertFile { get; init; }

    /// <summary>The key of <see cref="CertFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The highest quality of service that it is asked for.</summary>
    public int MostQos { get; init; } = 2;

    /// <summary>Whether a certificate is the broker's; null: the usual rules say.</summary>
    internal Func<X509Certificate, bool>? Accepts { get; init; }

    /// <summary>Where it is published whether devices are served, as Home Assistant does.</summary>
    internal string StatusTopic => $"{Prefix}/status";

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">What is wrong and what would be right; without the password.</exception>
    public static BrokerAddress Parse(string text)
    {
        if (!Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"mqtt://{text}", UriKind.Absolute, out var uri)
            || uri.Scheme is not ("mqtt" or "mqtts") || uri.Host.Length == 0 || uri.AbsolutePath is not ("" or "/"))
        {
            throw new FormatException("write mqtt://user:password@host:1883, or mqtts:// for TLS");
        }

        var isTls = uri.Scheme == "mqtts";
        var user = uri.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString).ToArray();
        var port = uri.Port > 0 ? uri.Port : isTls ? TlsPort : PlainPort;
        var address = new BrokerAddress
        {
            Host = uri.IdnHost,
            Port = port,
            IsTls = isTls,
            User = user[0].Length > 0 ? user[0] : null,
            Password = user.Length > 1 ? user[1] : null,
            Name = $"{uri.IdnHost}:{port}",
        };
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var left, var right] ? (left, Uri.UnescapeDataString(right)) : (pair, "");
            address = With(address, name, value);
        }

        return address;
    }

    /// <summary>The message that says whether devices are served.</summary>
    internal MqttPublish Status(string status) => new(StatusTopic, Encoding.ASCII.GetBytes(status));

    /// <summary>What people read: never the password.</summary>
    public override string ToString() => Name;

    private static BrokerAddress With(BrokerAddress address, string name, string value) => name switch
    {
        "version" => address with { Version = VersionOf(value) },
        "client_id" => address with { ClientId = value },
        "clean" => address with { IsClean = Settings.SettingValue.OnOrOff(value) },
        "prefix" when IsPrefix(value) => address with { Prefix = value },
        "prefix" => throw new FormatException("prefix: write a topic without wildcards, like homeassistant"),
        "name" when value.Length is > 0 and <= 64 && value != Gateway => address with { Name = value },
        "name" => throw new FormatException($"name: write 1 to 64 characters, not {Gateway}"),
        "type" when Contract.Identity.Token.IsValid(value) => address with { Type = value },
        "type" => throw new FormatException("type: write 1 to 64 of the characters A-Z a-z 0-9 _ -"),
        "ca" => address with { CaFile = Settings.SettingValue.ExistingFile(value) },
        "cert" => address with { CertFile = Settings.SettingValue.ExistingFile(value) },
        "key" => address with { KeyFile = Settings.SettingValue.ExistingFile(value) },
        _ => throw new FormatException(
            $"{name} is not known; there are version, client_id, clean, prefix, name, type, ca, cert and key"),
    };

    private static int VersionOf(string value) => value switch
    {
        "5" or "5.0" => 5,
        "3.1.1" or "311" or "4" => 311,
        _ => throw new FormatException("version: write 5 or 3.1.1"),
    };

    private static bool IsPrefix(string value) =>
        value.Length > 0 && value.AsSpan().IndexOfAny('+', '#') < 0 && !value.StartsWith('/') && !value.EndsWith('/');
}
