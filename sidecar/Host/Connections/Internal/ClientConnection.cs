using HaNatsBridge.Host.Availability;

namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>A connection, as the server's CONNZ describes it.</summary>
/// <param name="Id">Which.</param>
/// <param name="IsClient">Whether it is a client's. A leaf node or a route speaks for any number of devices.</param>
/// <param name="User">The credential: a user name or an NKey's public key; null without one.</param>
/// <param name="Name">The client's name; null when it gives none.</param>
/// <param name="Address"><c>ip:port</c>.</param>
/// <param name="Subscriptions">Its subscriptions, wildcards as they are.</param>
internal sealed record ClientConnection(
    ConnectionId Id, bool IsClient, string? User, string? Name, string Address, IReadOnlyList<string> Subscriptions)
{
    /// <summary>When it was opened, by the server's clock.</summary>
    public DateTimeOffset Start { get; init; }

    /// <summary>Whether it was opened later than another: the younger one has taken over.</summary>
    public bool IsYoungerThan(ClientConnection other) =>
        Id.Server == other.Id.Server ? Id.Client > other.Id.Client : Start > other.Start;

    /// <summary>How people recognise it.</summary>
    public string ForPeople => (Name, User) switch
    {
        ({ Length: > 0 } name, { Length: > 0 } user) => $"{name} ({user}, {Address})",
        ({ Length: > 0 } name, _) => $"{name} ({Address})",
        (_, { Length: > 0 } user) => $"{user} ({Address})",
        _ => Address,
    };
}
