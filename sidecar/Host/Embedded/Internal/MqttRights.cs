using Subjects = (System.Collections.Generic.IReadOnlyList<string> Allow, System.Collections.Generic.IReadOnlyList<string> Deny);

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>What a user of the MQTT gateway may do (docs/mqtt.md, "The embedded server as a broker"). Topics are subjects there.</summary>
internal static class MqttRights
{
    /// <summary>Where the server stores messages of QoS 1 and 2: what a client receives keeps that subject.</summary>
    private const string Stored = "$MQTT.msgs.";

    /// <summary>Subjects of the server, of JetStream and of replies.</summary>
    private static readonly string[] OfTheServer =
    [
        "$JS.>", "$JSC.>", "$KV.>", "$O.>", "$OBJ.>", "$SYS.>", "$SRV.>", "$NRG.>", "$G.>", "_INBOX.>", "_R_.>", "_GR_.>",
    ];

    /// <summary>What the server says to its MQTT sessions; what it delivers to each of them is below other subjects.</summary>
    private static readonly string[] OfItsSessions =
    [
        "$MQTT.sess.>", "$MQTT.rmsgs", "$MQTT.rmsgs.>", "$MQTT.JSA.>", "$MQTT.qos2.>", "$MQTT.out.>",
    ];

    /// <summary>Where the server delivers to a session what it has stored: it subscribes there in the client's name.</summary>
    private static readonly string[] Deliveries = ["$MQTT.sub.>", "$MQTT.deliver.pubrel.>"];

    /// <summary>The rights of a user; of a client without credentials where it is null.</summary>
    public static (Subjects Publish, Subjects Subscribe) For(string prefix, IEnumerable<ServerUser> users, ServerUser? user)
    {
        if (user is { Publish.Count: > 0 })
        {
            return ((user.Publish, []), ([.. user.Subscribe, .. Deliveries], []));
        }

        string[] denied =
        [
            prefix, $"{prefix}.>", .. OfTheServer,
            .. users.Where(one => one != user).SelectMany(TakenBy).Where(subject => !IsCovered(subject, prefix)).Distinct(),
        ];
        return (
            ([">"], [.. denied, "$MQTT.>"]),
            ([">"], [.. denied, .. OfItsSessions, .. denied.Select(subject => Stored + subject)]));
    }

    /// <summary>A program's subjects of its own are nobody's topics either.</summary>
    private static IEnumerable<string> TakenBy(ServerUser user) =>
        user.IsMqtt ? user.Own : [.. user.Own, .. user.Publish, .. user.Subscribe];

    private static bool IsCovered(string subject, string prefix) =>
        subject.StartsWith($"{prefix}.", StringComparison.Ordinal) || subject.StartsWith("_INBOX.", StringComparison.Ordinal);
}
