namespace HaNatsBridge.Contract.Identity;

/// <summary>
/// Where the sidecar may answer. A reply subject is its sender's own choice, and the server checks it against nobody's rights: answered blindly, any device could have the sidecar, which may
/// do everything, publish where the device itself may not.
/// </summary>
public static class ReplySubject
{
    /// <summary>
    /// The sidecar's own inbox prefix. Every device sees it in its commands, so nobody is answered there: it would be an answer in a neighbour's place. No credential reaches it, for
    /// <c>~</c> is no character of a <c>{type}</c>.
    /// </summary>
    public const string SidecarInbox = "_INBOX.~bridge";

    private const string Inbox = "_INBOX";

    /// <summary>Replies to another account's service; the server makes them and takes them from no client.</summary>
    private const string Service = "_R_.";

    /// <summary>Replies to another cluster, <c>_GR_.{cluster}.{server}.{reply}</c>: the server makes them, but what they carry is the sender's choice.</summary>
    private const string Gateway = "_GR_.";

    /// <summary>Whether it is an inbox (<c>_INBOX.…</c>, or another prefix whose first token begins so), in this account or beyond a gateway or service import of the servers.</summary>
    public static bool MayBeAnswered(ReadOnlySpan<char> reply)
    {
        if (reply.StartsWith(Gateway, StringComparison.Ordinal))
        {
            reply = AfterToken(AfterToken(reply[Gateway.Length..]));
        }

        var end = reply.IndexOf('.');
        return end > 0 && IsWhole(reply)
            && (reply.StartsWith(Inbox, StringComparison.Ordinal) || reply.StartsWith(Service, StringComparison.Ordinal))
            && !IsBelow(reply, SidecarInbox);
    }

    private static ReadOnlySpan<char> AfterToken(ReadOnlySpan<char> subject) => subject[(subject.IndexOf('.') + 1)..];

    /// <summary>No empty token, no wildcard, nothing that a subject cannot have.</summary>
    private static bool IsWhole(ReadOnlySpan<char> subject) =>
        subject[^1] != '.' && !subject.ContainsAny('*', '>', ' ') && subject.IndexOf("..", StringComparison.Ordinal) < 0;

    private static bool IsBelow(ReadOnlySpan<char> subject, string parent) =>
        subject.StartsWith(parent, StringComparison.Ordinal) && (subject.Length == parent.Length || subject[parent.Length] == '.');
}
