namespace HaNatsBridge.Host.Registry.Internal;

/// <summary>
/// Which of several connections is a device's (contract.md, "Online or offline"): the one whose user is its credential, else the one that holds the reply subject of its
/// announcement, else the one that subscribes to its <c>.set</c>. Somebody who listens to everything (<c>&gt;</c>) is never taken for the device.
/// </summary>
internal static class ConnectionMatch
{
    /// <summary>The connection that holds a subject: the one whose matching subscription is the most exact; null when two are equally exact, or none is exact enough.</summary>
    /// <param name="connections">The candidates, with their subscriptions.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="least">How many tokens a subscription must name literally to count.</param>
    public static ClientConnection? Holder(IEnumerable<ClientConnection> connections, string subject, int least)
    {
        ClientConnection? best = null;
        var score = least - 1;
        var tied = false;
        foreach (var connection in connections)
        {
            var exact = Exactness(connection.Subscriptions, subject);
            if (exact > score)
            {
                (best, score, tied) = (connection, exact, false);
            }
            else if (best is not null && exact == score)
            {
                tied = true;
            }
        }

        return tied ? null : best;
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

    /// <summary>A device's connection among all: by its credential, else by its own subscription to <c>.set</c>.</summary>
    /// <param name="logins">As whom the server may know it, the surest first.</param>
    /// <param name="setSubject">Its <c>.set</c>.</param>
    /// <param name="connections">All connections of the home's account.</param>
    public static ClientConnection? Of(IReadOnlyList<string> logins, string setSubject, IReadOnlyCollection<ClientConnection> connections)
    {
        foreach (var login in logins)
        {
            if (OfLogin(login, setSubject, connections) is { } mine)
            {
                return mine;
            }
        }

        // `home.devices.{type}.…`: a gateway's wildcard names at least its type; `home.devices.>` is somebody who looks on.
        var tokens = setSubject.AsSpan().Count('.') + 1;
        return Holder(connections, setSubject, tokens - 2);
    }

    /// <summary>The connection of a credential: of several the one that holds a subject, else the youngest, which has taken over.</summary>
    public static ClientConnection? OfLogin(string login, string? subject, IReadOnlyCollection<ClientConnection> connections)
    {
        var mine = connections.Where(c => string.Equals(c.User, login, StringComparison.Ordinal)).ToList();
        return mine.Count > 1 && subject is not null && Holder(mine, subject, 2) is { } holder ? holder : mine.MaxBy(c => c.Id.Client);
    }

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
