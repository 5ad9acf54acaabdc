using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;
using HaNatsBridge.Mqtt;

namespace HaNatsBridge.Host.Fleet.Internal;

/// <summary>
/// What a credential may do, to the letter of contract/subjects.md, "A device's rights" and "A client program's rights"; a device's
/// replies to requests come on top (allow_responses).
/// </summary>
internal static class DeviceRights
{
    public static ServerUser For(Credential credential, string prefix)
    {
        var subjects = new HomeSubjects(prefix);
        if (credential.Client is { } client)
        {
            return Of(credential, client, subjects);
        }

        if (credential.Mqtt is { } mqtt)
        {
            return Of(credential, mqtt);
        }

        var below = credential.IsGateway
            ? [new Subjects(
                $"{subjects.Announce}.{credential.Type}.*", $"{subjects.Remove}.{credential.Type}.*",
                $"{prefix}.devices.{credential.Type}.*.")]
            : credential.Devices.Select(device => new Subjects(
                subjects.AnnounceOf(device), subjects.RemoveOf(device), $"{prefix}.devices.{device}.")).ToArray();
        return new ServerUser(
            credential.Login,
            credential.PasswordHash,
            [.. below.SelectMany(one => Publish(one))],
            [.. below.SelectMany(one => Subscribe(one)), subjects.DiscoveryRequest, credential.InboxPrefix + ".>"],
            [.. below.Select(one => one.Device + ">"), credential.InboxPrefix + ".>"]);
    }

    /// <summary>
    /// No replies: the sidecar's own events ask JetStream for an acknowledgement, and a follower could answer in its place; and a
    /// program that hears its own messages could name any subject for the reply. What automations ask is answered in one inbox.
    /// </summary>
    private static ServerUser Of(Credential credential, ClientRights client, HomeSubjects subjects)
    {
        var inbox = credential.InboxPrefix + ".>";

        // The home's prefix may be another one now than when they were granted.
        string[] own = [.. (client.Subjects ?? []).Where(subject => !ClientRights.IsOfHome(subject, subjects.Root))];
        return new ServerUser(
            credential.Login,
            credential.PasswordHash,
            [
                .. client.Actions.Select(subjects.HomeAssistant.Actions),
                .. client.States ? [subjects.HomeAssistant.States, subjects.HomeAssistant.EveryState] : Array.Empty<string>(),
                .. own,
                .. own.Length > 0 ? [$"{ReplySubject.MessageInbox}.*.*"] : Array.Empty<string>(),
            ],
            [.. client.Events ? [subjects.Events.All] : Array.Empty<string>(), .. own, inbox],
            [inbox])
        {
            MayReply = false,
        };
    }

    private static ServerUser Of(Credential credential, MqttTopics mqtt)
    {
        string[] topics = [.. mqtt.Filters.SelectMany(MqttSubjects.OfFilter)];
        var id = credential.Name.Split('.')[1];
        string[] publish = [.. topics, $"homeassistant.*.{id}.config", $"homeassistant.*.{id}.*.config"];
        return new ServerUser(
            credential.Login,
            credential.PasswordHash,
            topics.Length == 0 ? [] : publish,
            topics.Length == 0 ? [] : [.. topics, "homeassistant.status"],
            topics.Length == 0 ? [] : publish) { IsMqtt = true };
    }

    private static string[] Publish(Subjects of) =>
    [
        of.Announce, of.Remove, of.Device + "state", of.Device + "state.*", of.Device + "event.*", of.Device + "past.*",
        of.Device + "image.*", of.Device + "health",
    ];

    private static string[] Subscribe(Subjects of) => [of.Device + "set", of.Device + "config"];

    private readonly record struct Subjects(string Announce, string Remove, string Device);
}
