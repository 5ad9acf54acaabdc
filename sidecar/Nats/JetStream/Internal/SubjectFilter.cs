namespace NATS.Client.JetStream.Internal;

/// <summary>Whether a subject matches a filter with wildcards, as the server decides it.</summary>
internal static class SubjectFilter
{
    internal static bool Matches(ReadOnlySpan<char> filter, ReadOnlySpan<char> subject)
    {
        while (true)
        {
            var wanted = TakeToken(ref filter, out var filterEnds);
            if (wanted is ">")
            {
                return !subject.IsEmpty;
            }

            var token = TakeToken(ref subject, out var subjectEnds);
            if ((wanted is not "*" && !wanted.SequenceEqual(token)) || filterEnds != subjectEnds)
            {
                return false;
            }

            if (filterEnds)
            {
                return true;
            }
        }
    }

    internal static bool MatchesAny(IReadOnlyList<string> filters, string subject)
    {
        for (var i = 0; i < filters.Count; i++)
        {
            if (Matches(filters[i], subject))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One filter that matches whatever one of several matches: their common first tokens and all below.</summary>
    internal static string Cover(IReadOnlyList<string> filters)
    {
        // The last token of each filter is left out, because ">" stands for at least one.
        var common = filters[0].Split('.').AsSpan();
        common = common[..^1];
        foreach (var filter in filters)
        {
            var tokens = filter.Split('.').AsSpan();
            common = common[..common.CommonPrefixLength(tokens[..^1])];
        }

        return common.IsEmpty ? ">" : $"{string.Join('.', common)}.>";
    }

    private static ReadOnlySpan<char> TakeToken(ref ReadOnlySpan<char> rest, out bool ends)
    {
        var dot = rest.IndexOf('.');
        ends = dot < 0;
        var token = ends ? rest : rest[..dot];
        rest = ends ? default : rest[(dot + 1)..];
        return token;
    }
}
