namespace HaNatsBridge.Templates.Parsing;

/// <summary>The known name that is most like a wrong one.</summary>
internal static class Suggestion
{
    public static string For(string name, IEnumerable<string> known)
    {
        if (name.Length > 40)
        {
            return "";
        }

        var (best, distance) = ("", int.MaxValue);
        foreach (var candidate in known)
        {
            var other = Distance(name, candidate);
            if (other < distance)
            {
                (best, distance) = (candidate, other);
            }
        }

        return distance <= Math.Max(1, name.Length / 3) ? $", did you mean '{best}'?" : "";
    }

    private static int Distance(string left, string right)
    {
        var distance = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                distance[i, j] = i == 0 || j == 0 ? i + j : Math.Min(
                    Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1,
                    distance[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1));
                // Two letters in the wrong order are one mistake.
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    distance[i, j] = Math.Min(distance[i, j], distance[i - 2, j - 2] + 1);
                }
            }
        }

        return distance[left.Length, right.Length];
    }
}
