using System.Globalization;
using System.Text;
using HaNatsBridge.Host.Settings;
using Subjects = (System.Collections.Generic.IReadOnlyList<string> Allow, System.Collections.Generic.IReadOnlyList<string> Deny);

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>
/// Writes the server's configuration. Two files: a change of the first needs a restart, the second (the users) is reloaded by
/// signal.
/// </summary>
internal static class ServerConfig
{
    /// <summary>A picture or an announcement (at most 512 KiB) fits; a reply over it cuts the connection.</summary>
    public const int MaxPayload = 1024 * 1024;

    public const string UsersFile = "users.conf";
    private const string Anonymous = "anonymous";
    private const string AnonymousMqtt = "anonymous-mqtt";

    /// <summary>Else a client without credentials that may come by NATS could come by MQTT too, also from other machines.</summary>
    private const string ByNats = ", allowed_connection_types: [\"STANDARD\"]";
    private const string ByMqtt = ", allowed_connection_types: [\"MQTT\"]";
    private const long MemoryStore = 64 * 1024 * 1024;

    /// <summary>Small devices take seconds for a handshake, and many come at once after an outage.</summary>
    private const int HandshakeSeconds = 10;

    public static string Main(ServerPlan plan, string folder, long maxFileStore, Version version)
    {
        var sync = version >= ServerProgram.WithSyncInterval ? "\n  sync_interval: \"10s\"" : "";
        var logs = version >= ServerProgram.WithSyncInterval ? "logfile_max_num: 3\n" : "";
        var open = plan.Access.IsOpen ? $"no_auth_user: {Anonymous}\n" : "";
        return string.Create(CultureInfo.InvariantCulture, $$"""
            # Written by hanatsbridge at every start: changes here are lost.
            server_name: {{Quote(plan.Name)}}
            listen: {{Quote(plan.Listen.ToString())}}
            max_payload: {{MaxPayload}}
            ping_interval: "10s"
            ping_max: 2
            log_file: {{Quote(Path.Combine(folder, "nats-server.log"))}}
            logfile_size_limit: 10485760
            {{logs}}jetstream {
              store_dir: {{Quote(Path.Combine(folder, "store"))}}
              max_file_store: {{maxFileStore}}
              max_memory_store: {{MemoryStore}}{{sync}}
            }
            system_account: SYS
            {{open}}{{Tls(plan.Access.Tls)}}{{Mqtt(plan.Access.Mqtt)}}accounts {
              include ./{{UsersFile}}
            }

            """);
    }

    public static string Users(ServerPlan plan, IEnumerable<ServerUser> users)
    {
        var access = plan.Access;
        var named = users.ToArray();
        var text = new StringBuilder(
            "# Written by hanatsbridge: credentials come and go with `hanatsbridge device|gateway|client add|remove`.\n");
        text.Append("SYS { users: [ ").Append(Login(access.System)).Append(" } ] }\n");
        text.Append("HOME {\n  jetstream: enabled\n  users: [\n    ").Append(Login(access.Home)).Append(" }\n");
        if (access.IsOpen)
        {
            // The password keeps the name from being used on its own; it is given to no one: it is not needed.
            var rights = AnonymousRights.For(access.Prefix, named, access.Open);
            text.Append("    ").Append(Login((Anonymous, access.System.Password + Anonymous))).Append(ByNats).Append(", permissions: ")
                .Append(Rights(rights.Publish, rights.Subscribe)).Append(" }\n");
        }

        if (access.Mqtt is { IsOpen: true })
        {
            var rights = MqttRights.For(access.Prefix, named, null);
            text.Append("    ").Append(Login((AnonymousMqtt, access.System.Password + AnonymousMqtt))).Append(ByMqtt)
                .Append(", permissions: ").Append(Rights(rights.Publish, rights.Subscribe, mayReply: false)).Append(" }\n");
        }

        // A server without any NKey takes a client with a revoked one for a client without credentials; with one that is never
        // given out it refuses it.
        text.Append("    { nkey: ").Append(Quote(plan.UnusedKey))
            .Append(", permissions: { publish: { deny: \">\" }, subscribe: { deny: \">\" } } }\n");
        foreach (var user in named.Where(one => one.IsMqtt))
        {
            var (publish, subscribe) = MqttRights.For(access.Prefix, named, user);
            text.Append("    ").Append(Login((user.Name, user.PasswordHash!))).Append(ByMqtt).Append(", permissions: ")
                .Append(Rights(publish, subscribe, mayReply: false)).Append(" }\n");
        }

        foreach (var user in named.Where(one => !one.IsMqtt))
        {
            text.Append("    ").Append(user.PasswordHash is { } hash ? Login((user.Name, hash)) : $"{{ nkey: {Quote(user.Name)}")
                .Append(", permissions: ").Append(Rights((user.Publish, []), (user.Subscribe, []), user.MayReply)).Append(" }\n");
        }

        return text.Append("  ]\n}\n").ToString();
    }

    private static string Mqtt(MqttGateway? mqtt) => mqtt is null
        ? ""
        : $"mqtt {{\n  listen: {Quote(mqtt.Listen)}\n{(mqtt.IsOpen ? $"  no_auth_user: {AnonymousMqtt}\n" : "")}  {Tls(mqtt.Tls)}}}\n";

    private static string Tls(ServerTls? tls) => tls is null
        ? ""
        : $"tls {{ cert_file: {Quote(tls.CertFile)}, key_file: {Quote(tls.KeyFile)}, timeout: {HandshakeSeconds} }}\n";

    private static string Login((string User, string Password) login) =>
        $"{{ user: {Quote(login.User)}, password: {Quote(login.Password)}";

    private static string Rights(Subjects publish, Subjects subscribe, bool mayReply = true) =>
        $"{{ publish: {Text(publish)}, subscribe: {Text(subscribe)}{(mayReply ? ", allow_responses: true" : "")} }}";

    /// <summary>To the server an empty list means that everything is allowed.</summary>
    private static string Text(Subjects subjects) => subjects.Allow.Count == 0 ? "{ deny: \">\" }"
        : subjects.Deny.Count == 0
        ? $"{{ allow: {List(subjects.Allow)} }}"
        : $"{{ allow: {List(subjects.Allow)}, deny: {List(subjects.Deny)} }}";

    private static string List(IReadOnlyList<string> subjects) => $"[{string.Join(", ", subjects.Select(Quote))}]";

    private static string Quote(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
