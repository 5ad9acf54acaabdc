using System.Text;
using HaNatsBridge.Host.Fleet;

namespace HaNatsBridge.Host.Cli.Internal;

/// <summary>What a person needs to put a new credential into a device.</summary>
internal static class CredentialText
{
    /// <summary>
    /// Makes a credential and prints it. The file is created before the credential: otherwise a secret could be lost that is
    /// stored nowhere else.
    /// </summary>
    /// <returns>
    /// The exit code: a failure where the running server does not accept the stored credential. The secret is printed all the
    /// same.
    /// </returns>
    public static async Task<int> MakeAsync(TextWriter output, string? file, Func<Task<NewCredential>> make)
    {
        if (file is null)
        {
            return await WriteAsync(output, await make(), null);
        }

        var create = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using var stream = new FileStream(file, create);
        NewCredential made;
        try
        {
            made = await make();
        }
        catch
        {
            File.Delete(file);
            throw;
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(made.Secret + "\n"));
        return await WriteAsync(output, made, file);
    }

    private static async Task<int> WriteAsync(TextWriter output, NewCredential made, string? file)
    {
        var credential = made.Credential;
        if (credential.Mqtt is { } mqtt)
        {
            await WriteMqttAsync(output, made, mqtt, file);
            return made.Trouble is null ? ExitCodes.Ok : ExitCodes.Failed;
        }

        var isPassword = credential.PasswordHash is not null;
        var login = Login(credential, file is null ? made.Secret : "…");
        var inbox = credential.InboxPrefix;
        var secret = file is null ? "The secret is shown only now." : "The secret is only in that file.";
        var url = made.Server.Url;
        var tls = made.Server.Tls;
        var issuer = tls?.CaFile is { } ca ? $"cafile=\"{ca}\"" : "";
        string[] lines =
        [
            $"Credential of {credential.Name}. {secret}",
            "",
            $"  server      {url}",
            .. tls?.CaFile is { } authority ? new[] { $"  CA          {authority}   (copy it to the device: it verifies the server)" } : [],
            $"  {(isPassword ? "user      " : "public key")}  {credential.Login}",
            $"  {(isPassword ? "password  " : "seed      ")}  {(file is null ? made.Secret : $"in {file}")}",
            $"  inbox       {inbox}   (set it as the inbox prefix; any other is refused)",
            "",
            $"With nats-py{(isPassword ? "" : " (pip install nats-py[nkeys])")}:",
            .. tls is null ? Array.Empty<string>() : [$"  tls = ssl.create_default_context({issuer})"],
            $"  nc = await nats.connect(\"{url}\", {(tls is null ? "" : "tls=tls, ")}{login}, inbox_prefix=b\"{inbox}\")",
            $"  {ExampleOf(credential, made.Server.Prefix)}",
            "",
            StateOf(made),
            .. ReachOf(made),
        ];
        foreach (var line in lines)
        {
            await output.WriteLineAsync(line);
        }

        return made.Trouble is null ? ExitCodes.Ok : ExitCodes.Failed;
    }

    /// <summary>What a device that comes by MQTT may use, for people.</summary>
    public static string Of(MqttTopics mqtt) => mqtt.Filters.Count == 0 ? "mqtt: every topic" : $"mqtt: {string.Join(" ", mqtt.Filters)}";

    private static async Task WriteMqttAsync(TextWriter output, NewCredential made, MqttTopics mqtt, string? file)
    {
        var gateway = made.Server.Mqtt;
        var scheme = gateway?.Tls is null ? "mqtt" : "mqtts";
        var id = made.Credential.Name.Split('.')[1];
        string[] lines =
        [
            $"Credential of {made.Credential.Name}. {(file is null ? "The secret is shown only now." : "The secret is only in that file.")}",
            "",
            gateway is null
                ? "  broker      none: run the sidecar with --mqtt-listen HOST:PORT"
                : $"  broker      {scheme}://{gateway.ReadListen().Reachable}   (MQTT 3.1.1)",
            .. gateway?.Tls?.CaFile is { } ca ? new[] { $"  CA          {ca}   (copy it to the device: it verifies the server)" } : [],
            $"  user        {made.Credential.Login}",
            $"  password    {(file is null ? made.Secret : $"in {file}")}",
            $"  topics      {(mqtt.Filters.Count == 0 ? "every topic that is not somebody's own" : string.Join(" ", mqtt.Filters))}",
            .. mqtt.Filters.Count == 0
                ? Array.Empty<string>()
                : [$"  discovery   homeassistant/COMPONENT/{id}/config, homeassistant/COMPONENT/{id}/OBJECT/config"],
            "",
            StateOf(made),
            .. gateway switch
            {
                null => Array.Empty<string>(),
                { Tls: null } when !gateway.ReadListen().IsLoopback =>
                [
                    "WARNING: the server speaks plain text, so whoever is on the network reads this password. Leave out --nats-plain.",
                ],
                _ when gateway.ReadListen().IsLoopback =>
                    ["The server takes MQTT on this machine only: for other devices run the sidecar with --mqtt-listen 0.0.0.0:8883."],
                _ => [$"Other machines reach it by a name in its certificate: {string.Join(", ", gateway.Tls!.ReadNames())}."],
            },
        ];
        foreach (var line in lines)
        {
            await output.WriteLineAsync(line);
        }
    }

    /// <summary>What a client program may do, for people.</summary>
    public static string Of(ClientRights client) => string.Join(
        "; ",
        new[]
        {
            client.Actions.Count > 0 ? "actions " + string.Join(" ", client.Actions) : null,
            client.States ? "states" : null,
            client.Events ? "events" : null,
            client.Subjects is { Count: > 0 } subjects ? "subjects " + string.Join(" ", subjects) : null,
        }.OfType<string>());

    private static string ExampleOf(Credential credential, string prefix) => credential switch
    {
        { Client: { Actions: [var action, ..] } } =>
            $"await nc.request(\"{prefix}.ha.services.{(action.Contains('*', StringComparison.Ordinal) ? "light.turn_on" : action)}\", "
            + "b'{\"target\": {\"entity_id\": \"light.hall\"}}')",
        { Client.States: true } => $"await nc.request(\"{prefix}.ha.states\", b'{{}}')",
        { Client.Events: true } => $"await nc.subscribe(\"{prefix}.events.>\", cb=show)",
        { Client.Subjects: [var subject, ..] } => $"await nc.subscribe(\"{subject}\", cb=show)",
        { IsGateway: true } => $"await nc.request(\"{prefix}.discovery.announce.{credential.Type}.ID\", description)",
        _ => $"await nc.request(\"{prefix}.discovery.announce.{credential.Devices[0]}\", description)",
    };

    private static IEnumerable<string> ReachOf(NewCredential made)
    {
        if (made.Server.IsLocal)
        {
            yield return "The server listens on this machine only: for other devices run the sidecar with --nats-listen 0.0.0.0:4222.";
            yield break;
        }

        yield return made.Server.Tls is { } tls
            ? $"Other machines reach the server by a name in its certificate: {string.Join(", ", tls.ReadNames())}."
            : "Other machines reach the server by this machine's own address instead of 127.0.0.1.";
        if (made.IsPasswordExposed)
        {
            yield return "WARNING: the server speaks plain text, so whoever is on the network reads this password. "
                + "Use an NKey (without --password), or TLS (without --nats-plain).";
        }
    }

    private static string StateOf(NewCredential made) => made switch
    {
        { Trouble: { } trouble } =>
            $"It is stored, but the running server does not accept it yet: {trouble} It does from its next start on.",
        { IsLive: true } => "The running server accepts it already.",
        _ => "No server runs now: it is accepted from the next start on.",
    };

    private static string Login(Credential credential, string secret) =>
        credential.PasswordHash is null ? $"nkeys_seed_str=\"{secret}\"" : $"user=\"{credential.Login}\", password=\"{secret}\"";
}
