using System.Globalization;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>Every setting there is: flags, environment, YAML and help are all made from this one table.</summary>
internal static class SettingsTable
{
    private const int MostSimulated = 5_000;
    private const int MostPerSecond = 10_000;
    private const int MostInFlight = 1_024;
    private static readonly string[] LogLevels = ["debug", "information", "warning", "error"];

    public static IReadOnlyList<Setting> All { get; } =
    [
        Text("Data", "--data", "DIR", "Folder of token, server configuration and log", (o, v) => o with { Data = v }),
        Text("Listen", "--listen", "HOST:PORT", "Where the hub and the API listen (127.0.0.1:8129)", (o, v) => o with { Listen = Endpoint(v) }),
        Text("Prefix", "--prefix", "SUBJECT", "Root of every subject (home)", (o, v) => o with { Prefix = Prefix(v) }),
        Text("Simulate", "--simulate", "N", "Simulated devices beside the sidecar (0)", (o, v) => o with { Simulate = Number(v, 0, MostSimulated) }),
        new("Roles", "--role", "NAME", "Which features run; may be given more than once (all)", (o, v) => o with { Roles = List(v) }, IsList: true),
        Text("LogLevel", "--log-level", "LEVEL", "The least that is logged (information)", (o, v) => o with { LogLevel = OneOf(v, LogLevels) }),
        Text("Nats:Url", "--nats", "URL", "A NATS server of yours; none: the embedded one", (o, v) => o with { Nats = o.Nats with { Url = Url(v) } }) with { IsSecret = true }, // user:password@ may stand in it
        Text("Nats:Creds", "--nats-creds", "FILE", "Credentials for the home's account", (o, v) => o with { Nats = o.Nats with { Creds = Existing(v) } }),
        Text("Nats:SystemCreds", "--nats-system-creds", "FILE", "Credentials for the system account", (o, v) => o with { Nats = o.Nats with { SystemCreds = Existing(v) } }),
        Text("Nats:Listen", "--nats-listen", "HOST:PORT", "Where the embedded server listens (127.0.0.1:4222)", (o, v) => o with { Nats = o.Nats with { Listen = Endpoint(v) } }),
        Text("Nats:ServerProgram", "--nats-server", "FILE", "The embedded server's program", (o, v) => o with { Nats = o.Nats with { ServerProgram = v } }),
        Text("Commands:PerSecond", "--commands-per-second", "N", "Commands a second to one device, twice as many at once (32)", (o, v) => o with { Commands = o.Commands with { PerSecond = Number(v, 1, MostPerSecond) } }),
        Text("Commands:InFlight", "--commands-in-flight", "N", "Commands that one device may be working on (16)", (o, v) => o with { Commands = o.Commands with { InFlight = Number(v, 1, MostInFlight) } }),
        Text("Tls:Cert", "--tls-cert", "FILE", "Certificate (PEM) of the hub and the API", (o, v) => o with { Tls = o.Tls with { Cert = Existing(v) } }),
        Text("Tls:Key", "--tls-key", "FILE", "Its private key (PEM)", (o, v) => o with { Tls = o.Tls with { Key = Existing(v) } }),
    ];

    private static Setting Text(string key, string flag, string argument, string help, Func<BridgeOptions, string, BridgeOptions> apply) =>
        new(key, flag, argument, help, (options, values) => values is [var one]
            ? apply(options, one)
            : throw new FormatException("it takes one value"));

    private static string Endpoint(string value) =>
        HostPort.TryParse(value, out var endpoint)
            ? endpoint.ToString()
            : throw new FormatException("write an address and a port, like 127.0.0.1:8129, [::1]:8129, localhost:8129 or *:8129");

    private static string Prefix(string value) =>
        value.Split('.').All(token => Token.IsValid(token))
            ? value
            : throw new FormatException("write one or more words of letters, digits, - and _, separated by dots, like home or my.house");

    private static int Number(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"write a whole number from {least} to {most}");

    private static string OneOf(string value, string[] options) =>
        options.FirstOrDefault(option => option.Equals(value, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"write one of {string.Join(", ", options)}");

    private static string Existing(string value) =>
        File.Exists(value) ? Path.GetFullPath(value) : throw new FormatException("there is no such file");

    private static string Url(string value)
    {
        var schemes = new[] { "nats", "tls" };
        var good = value.Split(',', StringSplitOptions.TrimEntries).All(one =>
            Uri.TryCreate(one.Contains("://", StringComparison.Ordinal) ? one : "nats://" + one, UriKind.Absolute, out var uri)
            && schemes.Contains(uri.Scheme) && uri.Host.Length > 0);
        return good ? value : throw new FormatException("write nats://host:4222 or tls://host:4222, several separated by commas");
    }

    private static string[] List(IReadOnlyList<string> values) =>
        [.. values.SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal)];
}
