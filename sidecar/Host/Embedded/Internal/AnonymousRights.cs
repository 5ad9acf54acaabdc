using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>
/// What a client without credentials may do on loopback (contract/subjects.md, "A device's rights"): what a device does, but as no device that has a
/// credential. Replies come on top (allow_responses).
/// </summary>
/// <remarks>
/// Clients choose their inboxes below <c>_INBOX</c> at random. So all of them are allowed but those that are somebody's own: the
/// sidecar's, and those of users with credentials. A subscription to <c>_INBOX.></c> does not receive what is denied. The server
/// compares the denied subjects with a message's own subject. What a consumer of a stream reads keeps the subject under which it
/// was stored, whatever inbox it is delivered to, so those subjects are denied too.
/// </remarks>
internal static class AnonymousRights
{
    public static ((IReadOnlyList<string> Allow, IReadOnlyList<string> Deny) Publish,
        (IReadOnlyList<string> Allow, IReadOnlyList<string> Deny) Subscribe) For(
            string prefix, IEnumerable<ServerUser> users, OpenSubjects open)
    {
        var subjects = new HomeSubjects(prefix);
        string[] own = [.. users.SelectMany(user => user.Own)];
        string[] publish =
        [
            subjects.Announce, subjects.Remove, subjects.AllStates, subjects.AllEntityStates, subjects.AllEvents, subjects.AllPast,
            subjects.AllImages, subjects.AllHealth, .. open.Publish,
        ];
        string[] subscribe = [subjects.AllSets, subjects.AllConfigs, subjects.DiscoveryRequest, "_INBOX.>", .. open.Subscribe];
        string[] stored =
        [
            "$KV.>", subjects.AllStates, subjects.AllEntityStates, subjects.AllHealth, subjects.AllEvents, subjects.AllPast,
            subjects.AllImages, subjects.AllAudit, subjects.AllDlq, subjects.Rejected, subjects.Events.All,
        ];
        return ((publish, own), (subscribe, [ReplySubject.SidecarInbox + ".>", .. stored, .. own]));
    }
}
