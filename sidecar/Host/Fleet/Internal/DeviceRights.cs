using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.Embedded;

namespace HaNatsBridge.Host.Fleet.Internal;

/// <summary>
/// What a credential may do, to the letter of contract/subjects.md, "A device's rights"; replies to requests come on top (allow_responses).
/// </summary>
internal static class DeviceRights
{
    public static ServerUser For(Credential credential, string prefix)
    {
        var subjects = new HomeSubjects(prefix);
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

    private static string[] Publish(Subjects of) =>
    [
        of.Announce, of.Remove, of.Device + "state", of.Device + "state.*", of.Device + "event.*", of.Device + "past.*",
        of.Device + "image.*", of.Device + "health",
    ];

    private static string[] Subscribe(Subjects of) => [of.Device + "set", of.Device + "config"];

    private readonly record struct Subjects(string Announce, string Remove, string Device);
}
