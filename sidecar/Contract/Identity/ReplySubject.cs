namespace HaNatsBridge.Contract.Identity;

/// <summary>
/// Decides where the sidecar may reply. The sender chooses the reply subject, and the server does not check it against the
/// sender's permissions: a device could make the sidecar publish where the device itself may not.
/// </summary>
public static class ReplySubject
{
    /// <summary>
    /// The sidecar's own inbox prefix. Every device sees it in its commands, so no request is answered there: that would forge
    /// another device's reply. No credential allows it, since <c>~</c> is no character of a <c>{type}</c>.
    /// </summary>
    public const string SidecarInbox = "_INBOX.~bridge";

    /// <summary>
    /// Below it are the answers to what automations ask. Programs of the home may publish there, each to a request that it has
    /// seen: two random tokens follow. Nothing else of the sidecar is answered there.
    /// </summary>
    public const string MessageInbox = SidecarInbox + ".ask";

    private const string Inbox = "_INBOX";

    /// <summary>Replies to another account's service; only the server can make them.</summary>
    private const string Service = "_R_.";

    /// <summary>
    /// Replies to another cluster, <c>_GR_.{cluster}.{server}.{reply}</c>: the server makes them, but the sender chooses the
    /// subject inside.
    /// </summary>
    private const string Gateway = "_GR_.";

    /// <summary>
    /// Whether it is an inbox (<c>_INBOX.…</c>, or another prefix whose first token begins with <c>_INBOX</c>), in this account
    /// or behind a gateway or a service import.
    /// </summary>
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

    /// <summary>No empty token, no wildcard, no space.</summary>
    private static bool IsWhole(ReadOnlySpan<char> subject) =>
        subject[^1] != '.' && !subject.ContainsAny('*', '>', ' ') && subject.IndexOf("..", StringComparison.Ordinal) < 0;

    private static bool IsBelow(ReadOnlySpan<char> subject, string parent) =>
        subject.StartsWith(parent, StringComparison.Ordinal)
        && (subject.Length == parent.Length || subject[parent.Length] == '.');
}
