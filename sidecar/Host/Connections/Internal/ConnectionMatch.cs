namespace HaNatsBridge.Host.Connections.Internal;

/// <summary>
/// Which of several connections is a device's (docs/devices.md, "Online or offline"): the one whose user is its credential, else the
/// one that subscribes to its <c>.set</c>, else the one whose user has the device's name, on a server that others configure. Only
/// clients count, and a subscription to everything (<c>&gt;</c>) shows nothing.
/// </summary>
internal static class ConnectionMatch
{
    /// <summary>A device's connection among all.</summary>
    /// <param name="logins">The users of its credentials, the best first.</param>
    /// <param name="name">Its identity, as a user's name.</param>
    /// <param name="setSubject">Its <c>.set</c>.</param>
    /// <param name="connections">The connections of the home's account.</param>
    public static ClientConnection? Of(
        IReadOnlyList<string> logins, string name, string setSubject, IReadOnlyCollection<ClientConnection> connections)
    {
        foreach (var login in logins)
        {
            if (OfLogin(login, setSubject, connections) is { } mine)
            {
                return mine;
            }
        }

        return HolderOfSet(connections, setSubject) is { IsClient: true } holder
            ? holder
            : OfLogin(name, setSubject, connections);
    }

    /// <summary>The connection of a credential: of several the one that holds <c>.set</c>, else the youngest.</summary>
    public static ClientConnection? OfLogin(string login, string setSubject, IReadOnlyCollection<ClientConnection> connections)
    {
        var mine = connections.Where(c => c.IsClient && string.Equals(c.User, login, StringComparison.Ordinal)).ToList();
        return HolderOfSet(mine, setSubject) ?? mine.Aggregate(
            (ClientConnection?)null, static (best, c) => best is null || c.IsYoungerThan(best) ? c : best);
    }

    /// <summary>
    /// Who subscribes to a device's <c>.set</c>. <c>home.devices.{type}.…</c>: a gateway's wildcard names at least its type;
    /// <c>home.devices.&gt;</c> is an observer's.
    /// </summary>
    public static ClientConnection? HolderOfSet(IEnumerable<ClientConnection> connections, string setSubject) =>
        Holder(connections, setSubject, setSubject.AsSpan().Count('.') - 1);

    /// <summary>
    /// The connection that holds a subject: the one whose matching subscription is the most exact; null when none is exact
    /// enough. Of equal ones a client is nearer than a leaf node, which only passes on what is behind it, and the younger client
    /// has taken over.
    /// </summary>
    /// <param name="connections">The candidates, with their subscriptions.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="least">How many tokens a subscription must name literally to count.</param>
    public static ClientConnection? Holder(IEnumerable<ClientConnection> connections, string subject, int least)
    {
        ClientConnection? best = null;
        var score = least - 1;
        foreach (var connection in connections)
        {
            var exact = Exactness(connection.Subscriptions, subject);
            if (exact > score || (exact == score && best is not null && IsNearer(connection, best)))
            {
                (best, score) = (connection, exact);
            }
        }

        return best;
    }

    /// <summary>How many tokens the most exact of these subscriptions names literally in the subject; -1: none matches.</summary>
    public static int Exactness(IReadOnlyList<string> subscriptions, string subject)
    {
        var best = -1;
        foreach (var subscription in subscriptions)
        {
            best = Math.Max(best, Exactness(subscription, subject));
        }

        return best;
    }

    private static bool IsNearer(ClientConnection one, ClientConnection other) =>
        one.IsClient == other.IsClient ? one.IsYoungerThan(other) : one.IsClient;

    private static int Exactness(string subscription, string subject)
    {
        var literal = 0;
        var pattern = subscription.AsSpan();
        var rest = subject.AsSpan();
        while (true)
        {
            var token = Take(ref pattern, out var patternEnds);
            if (token is ">")
            {
                return literal;
            }

            var actual = Take(ref rest, out var subjectEnds);
            if (token is not "*")
            {
                if (!token.SequenceEqual(actual))
                {
                    return -1;
                }

                literal++;
            }

            if (patternEnds || subjectEnds)
            {
                return patternEnds && subjectEnds ? literal : -1;
            }
        }
    }

    private static ReadOnlySpan<char> Take(ref ReadOnlySpan<char> rest, out bool ends)
    {
        var dot = rest.IndexOf('.');
        ends = dot < 0;
        var token = ends ? rest : rest[..dot];
        rest = ends ? default : rest[(dot + 1)..];
        return token;
    }
}
