using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Text;

/// <summary>str.split and the like. A limit below 0 is none.</summary>
internal static class Splitting
{
    public static List<string> Split(RenderState state, string text, string? separator, int limit)
    {
        var parts = new List<string>();
        var at = 0;
        if (separator is null)
        {
            while (true)
            {
                while (at < text.Length && Types.IsSpace(text[at]))
                {
                    at++;
                }

                if (at == text.Length)
                {
                    return parts;
                }

                var end = at;
                while (end < text.Length && !Types.IsSpace(text[end]))
                {
                    end++;
                }

                if (parts.Count == limit)
                {
                    Add(state, parts, text[at..]);
                    return parts;
                }

                Add(state, parts, text[at..end]);
                at = end;
            }
        }

        while (parts.Count != limit && text.IndexOf(separator, at, StringComparison.Ordinal) is >= 0 and var next)
        {
            Add(state, parts, text[at..next]);
            at = next + separator.Length;
        }

        Add(state, parts, text[at..]);
        return parts;
    }

    public static List<string> RightSplit(RenderState state, string text, string? separator, int limit)
    {
        if (limit < 0)
        {
            return Split(state, text, separator, -1);
        }

        var parts = new List<string>();
        var end = text.Length;
        if (separator is null)
        {
            while (true)
            {
                while (end > 0 && Types.IsSpace(text[end - 1]))
                {
                    end--;
                }

                if (end == 0)
                {
                    break;
                }

                var at = end;
                while (at > 0 && !Types.IsSpace(text[at - 1]))
                {
                    at--;
                }

                if (parts.Count == limit)
                {
                    Add(state, parts, text[..end]);
                    break;
                }

                Add(state, parts, text[at..end]);
                end = at;
            }
        }
        else
        {
            while (parts.Count != limit && end >= separator.Length &&
                text.LastIndexOf(separator, end - 1, end, StringComparison.Ordinal) is >= 0 and var next)
            {
                Add(state, parts, text[(next + separator.Length)..end]);
                end = next;
            }

            Add(state, parts, text[..end]);
        }

        parts.Reverse();
        return parts;
    }

    public static List<string> Lines(RenderState state, string text, bool keepEnds)
    {
        var parts = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            var end = at;
            while (end < text.Length
                && text[end] is not ('\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028'
                    or '\u2029'))
            {
                end++;
            }

            var next = end == text.Length ? end : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2
                : end + 1;
            Add(state, parts, text[at..(keepEnds ? next : end)]);
            at = next;
        }

        return parts;
    }

    private static void Add(RenderState state, List<string> parts, string part)
    {
        state.Step();
        state.Charge(part.Length);
        parts.Add(part);
    }
}
