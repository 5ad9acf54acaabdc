using System.Text;

namespace HaNatsBridge.Contract.Json;

/// <summary>Prepares text from outside for people: bounded, without control characters.</summary>
internal static class Bounded
{
    /// <summary>The longest message of a device that is passed on to a person.</summary>
    public const int MaxMessage = 1000;

    /// <summary>
    /// The text itself where it is short and clean; else cut at <paramref name="max"/> characters with <c>…</c>, control
    /// characters as spaces.
    /// </summary>
    public static string Text(string text, int max)
    {
        var hasControls = false;
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, max)))
        {
            hasControls |= char.IsControl(c) || c is '\u2028' or '\u2029';
        }

        if (text.Length <= max && !hasControls)
        {
            return text;
        }

        var length = Math.Min(text.Length, max);
        if (length < text.Length && length > 0 && char.IsHighSurrogate(text[length - 1]))
        {
            length--;
        }

        var clean = new StringBuilder(length + 1);
        foreach (var c in text.AsSpan(0, length))
        {
            clean.Append(char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c);
        }

        return length < text.Length ? clean.Append('…').ToString() : clean.ToString();
    }
}
