namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>A client's connection, as the server's CONNZ tells of it.</summary>
/// <param name="Id">Which.</param>
/// <param name="User">The credential: a user name or an NKey's public key; null without one.</param>
/// <param name="Name">How the client calls itself; null when it does not.</param>
/// <param name="Address"><c>ip:port</c>.</param>
/// <param name="Subscriptions">What it has subscribed to, wildcards as they are.</param>
internal sealed record ClientConnection(ConnectionId Id, string? User, string? Name, string Address, IReadOnlyList<string> Subscriptions)
{
    /// <summary>How people recognise it.</summary>
    public string ForPeople => (Name, User) switch
    {
        ({ Length: > 0 } name, { Length: > 0 } user) => $"{name} ({user}, {Address})",
        ({ Length: > 0 } name, _) => $"{name} ({Address})",
        (_, { Length: > 0 } user) => $"{user} ({Address})",
        _ => Address,
    };
}
