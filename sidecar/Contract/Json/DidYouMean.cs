namespace HaNatsBridge.Contract.Json;

/// <summary>Finds the word that was probably meant.</summary>
public static class DidYouMean
{
    private const int MaxLength = 64;

    /// <summary><c>, did you mean hvac_modes?</c>, or nothing when no word is close.</summary>
    public static string Hint(string given, IEnumerable<string> known) =>
        Nearest(given, known) is { } word ? $", did you mean {word}?" : "";

    /// <summary>
    /// The nearest word within two changes (one for short words, none for a letter), the first of equally near ones; null when
    /// none is close.
    /// </summary>
    public static string? Nearest(string given, IEnumerable<string> known)
    {
        if (given.Length is 0 or > MaxLength)
        {
            return null;
        }

        string? best = null;
        var bestDistance = given.Length switch { 1 => 1, < 4 => 2, _ => 3 };
        foreach (var word in known)
        {
            // Home Assistant's property names carry a prefix that its attributes and this contract do not have.
            if (given.StartsWith("native_", StringComparison.Ordinal) && given.AsSpan(7).SequenceEqual(word))
            {
                return word;
            }

            if (Math.Abs(word.Length - given.Length) >= bestDistance || word.Length > MaxLength)
            {
                continue;
            }

            var distance = string.Equals(word, given, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(given, word);
            if (distance < bestDistance)
            {
                best = word;
                bestDistance = distance;
            }
        }

        return best;
    }

    /// <summary>How many letters must be changed, added, left out or swapped with their neighbour.</summary>
    private static int Distance(string a, string b)
    {
        Span<int> before = stackalloc int[MaxLength + 1];
        Span<int> last = stackalloc int[MaxLength + 1];
        Span<int> row = stackalloc int[MaxLength + 1];
        for (var j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
                }
            }

            last.CopyTo(before);
            row.CopyTo(last);
        }

        return last[b.Length];
    }
}
