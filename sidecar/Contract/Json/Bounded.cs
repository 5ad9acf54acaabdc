using System.Text;

namespace HaNatsBridge.Contract.Json;

/// <summary>Foreign text before a person reads it: bounded, without control characters.</summary>
internal static class Bounded
{
    /// <summary>The longest message of a device that is passed on to a person.</summary>
    public const int MaxMessage = 1000;

    /// <summary>The text itself where it is short and clean; else cut at <paramref name="max"/> characters with <c>…</c>, control characters as spaces.</summary>
    public static string Text(string text, int max)
    {
        var dirty = false;
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, max)))
        {
            dirty |= char.IsControl(c) || c is '\u2028' or '\u2029';
        }

        if (text.Length <= max && !dirty)
        {
            return text;
        }

        var kept = Math.Min(text.Length, max);
        if (kept < text.Length && kept > 0 && char.IsHighSurrogate(text[kept - 1]))
        {
            kept--;
        }

        var clean = new StringBuilder(kept + 1);
        foreach (var c in text.AsSpan(0, kept))
        {
            clean.Append(char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        }

        return kept < text.Length ? clean.Append('…').ToString() : clean.ToString();
    }
}
