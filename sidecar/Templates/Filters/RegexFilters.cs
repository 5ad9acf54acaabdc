using System.Text;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Regular expressions in Python's syntax.</summary>
internal static class RegexFilters
{
    private const int MaxText = 256 * 1024;

    public static IEnumerable<Entry> All =>
    [
        new(Use.Filter, "regex_match", "value find? ignorecase?", (state, a) => IsMatch(state, a, true)),
        new(Use.Filter, "regex_search", "value find? ignorecase?", (state, a) => IsMatch(state, a, false)),
        new(Use.Test, "match", "value find? ignorecase?", (state, a) => IsMatch(state, a, true)),
        new(Use.Test, "search", "value find? ignorecase?", (state, a) => IsMatch(state, a, false)),
        new(Use.Filter, "regex_replace", "value? find? replace? ignorecase?", Replace),
        new(Use.Filter, "regex_findall", "value find? ignorecase?", (state, a) =>
            new ListValue([.. FindAll(state, a, a.Flag(2))])),
        new(Use.Filter, "regex_findall_index", "value find? index? ignorecase?", (state, a) =>
        {
            var found = FindAll(state, a, a.Flag(3));
            var at = a.Small(2, 0);
            at = at < 0 ? at + found.Count : at;
            return at >= 0 && at < found.Count ? found[at]
                : throw Fail.Index($"list index out of range: there are {found.Count} matches");
        }),
    ];

    private static object? IsMatch(RenderState state, Arguments a, bool atStart)
    {
        var text = Input(state, a.Shown(0));
        var pattern = state.Patterns.Get(a.Text(1, ""), a.Flag(2), atStart);
        return Numbers.Box(Pattern.Run(() => pattern.Regex.IsMatch(text)));
    }

    private static string Input(RenderState state, string text)
    {
        if (text.Length > MaxText)
        {
            throw Fail.Limit($"a text of more than {MaxText} characters cannot be searched");
        }

        state.Steps(text.Length / 16);
        return text;
    }

    private static object? Replace(RenderState state, Arguments a)
    {
        var text = Input(state, a.Has(0) ? a.Shown(0) : "");
        var pattern = state.Patterns.Get(a.Text(1, ""), a.Flag(3), false);
        var replacement = new Replacement(a.Text(2, ""), pattern);
        var result = new StringBuilder();
        var at = 0;
        var match = Pattern.Run(() => pattern.Regex.Match(text));
        while (match.Success)
        {
            Count(state, text, match.Index);
            var part = replacement.For(match);
            state.Charge(part.Length);
            result.Append(text, at, match.Index - at).Append(part);
            at = match.Index + match.Length;
            var current = match;
            match = Pattern.Run(current.NextMatch);
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    private static List<object?> FindAll(RenderState state, Arguments a, bool ignoreCase)
    {
        var text = Input(state, a.Shown(0));
        var pattern = state.Patterns.Get(a.Text(1, ""), ignoreCase, false);
        var found = new List<object?>();
        var match = Pattern.Run(() => pattern.Regex.Match(text));
        while (match.Success)
        {
            Count(state, text, match.Index);
            state.Charge(match.Length);
            found.Add(pattern.Groups switch
            {
                0 => match.Value,
                1 => match.Groups[1].Value,
                _ => new TupleValue([.. Enumerable.Range(1, pattern.Groups).Select(group => (object?)match.Groups[group].Value)]),
            });
            var current = match;
            match = Pattern.Run(current.NextMatch);
        }

        return found;
    }

    /// <summary>Each match may have looked at the whole rest of the text.</summary>
    private static void Count(RenderState state, string text, int at) => state.Steps((text.Length - at) / 256);
}
