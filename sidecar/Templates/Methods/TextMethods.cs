using System.Text;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Methods;

/// <summary>The methods of a text. Those of safe text (<see cref="Markup"/>) return safe text and escape what is added.</summary>
internal static class TextMethods
{
    public static IEnumerable<Method> All =>
    [
        Same("upper", "", (_, text, _) => Casing.Upper(text)),
        Same("lower", "", (_, text, _) => Casing.Lower(text)),
        Same("casefold", "", (_, text, _) => Casing.Fold(text)),
        Same("capitalize", "", (_, text, _) => Casing.Capitalize(text)),
        Same("title", "", (_, text, _) => Casing.Title(text)),
        Same("swapcase", "", (_, text, _) => Casing.Swap(text)),
        Same("strip", "chars?", (_, text, a) => Trim(text, a.Or(0, null), true, true)),
        Same("lstrip", "chars?", (_, text, a) => Trim(text, a.Or(0, null), true, false)),
        Same("rstrip", "chars?", (_, text, a) => Trim(text, a.Or(0, null), false, true)),
        new("replace", "old new count?", Replace),
        new("split", "sep? maxsplit?", (state, self, a) =>
            List(self, Splitting.Split(state, Of(self), Separator(a), a.Small(1, -1)))),
        new("rsplit", "sep? maxsplit?", (state, self, a) =>
            List(self, Splitting.RightSplit(state, Of(self), Separator(a), a.Small(1, -1)))),
        new("splitlines", "keepends?", (state, self, a) => List(self, Splitting.Lines(state, Of(self), a.Flag(0)))),
        new("partition", "sep", (_, self, a) => Partition(Of(self), a.Text(0), false)),
        new("rpartition", "sep", (_, self, a) => Partition(Of(self), a.Text(0), true)),
        Same("join", "iterable", Join),
        new("startswith", "prefix start? end?", (_, self, a) =>
            Affix(self, a, static (text, part) => text.StartsWith(part, StringComparison.Ordinal))),
        new("endswith", "suffix start? end?", (_, self, a) =>
            Affix(self, a, static (text, part) => text.EndsWith(part, StringComparison.Ordinal))),
        Same("removeprefix", "prefix", (_, text, a) =>
            text.StartsWith(a.Text(0), StringComparison.Ordinal) ? text[a.Text(0).Length..] : text),
        Same("removesuffix", "suffix", (_, text, a) =>
            a.Text(0).Length > 0 && text.EndsWith(a.Text(0), StringComparison.Ordinal) ? text[..^a.Text(0).Length] : text),
        new("find", "sub start? end?", (_, self, a) => Find(self, a, false) ?? Numbers.Box(-1)),
        new("rfind", "sub start? end?", (_, self, a) => Find(self, a, true) ?? Numbers.Box(-1)),
        new("index", "sub start? end?", (_, self, a) => Find(self, a, false) ?? throw Fail.Value("substring not found")),
        new("rindex", "sub start? end?", (_, self, a) => Find(self, a, true) ?? throw Fail.Value("substring not found")),
        new("count", "sub start? end?", Count),
        Same("zfill", "width", (state, text, a) => Zeros(state, text, a.Small(0, 0))),
        Same("ljust", "width fillchar?", (state, text, a) => Pad(state, text, a, 0)),
        Same("rjust", "width fillchar?", (state, text, a) => Pad(state, text, a, 1)),
        Same("center", "width fillchar?", (state, text, a) => Center(state, text, a.Small(0, 0), a.Text(1, " "))),
        Same("expandtabs", "tabsize?", (state, text, a) => ExpandTabs(state, text, a.Small(0, 8))),
        Same("translate", "table", Translate),
        new("encode", "encoding? errors?", (_, self, a) => Encodings.Encode(Of(self), a.Text(0, "utf-8"), a.Text(1, "strict"))),
        new("format", "*args **kwargs", (state, self, a) => StrFormat.Format(state, self, a.Rest(0).Items, a.Named(1))),
        new("format_map", "mapping", (state, self, a) => StrFormat.Format(
            state, self, [], a[0] as DictValue ?? throw Fail.Type("format_map() needs a dict"))),
    ];

    public static string Of(object self) => Types.AsText(self)!;

    /// <summary>str.strip with characters to strip.</summary>
    public static string Trim(string text, object? characters, bool start, bool end)
    {
        if (characters is null)
        {
            return Types.Strip(text, start, end);
        }

        var set = Types.AsText(characters) ?? throw Fail.Type("strip arg must be None or str");
        int from = 0, to = text.Length;
        while (start && from < to && set.Contains(text[from], StringComparison.Ordinal))
        {
            from++;
        }

        while (end && to > from && set.Contains(text[to - 1], StringComparison.Ordinal))
        {
            to--;
        }

        return text[from..to];
    }

    /// <summary>str.center: Python puts the odd blank to the left or right depending on both lengths.</summary>
    public static string Center(RenderState state, string text, int width, string fill)
    {
        var length = (int)Types.Length(text);
        var space = width - length;
        if (space <= 0)
        {
            return text;
        }

        state.Charge(width);
        var left = (space / 2) + (space & width & 1);
        return new string(Fill(fill), left) + text + new string(Fill(fill), space - left);
    }

    /// <summary>Replaces at most so many occurrences; -1 is all.</summary>
    public static string Replaced(RenderState state, string text, string old, string with, long count)
    {
        if (count == 0 || old == with)
        {
            return text;
        }

        var found = Occurrences(text, old);
        count = count < 0 ? found : Math.Min(count, found);
        state.Charge(text.Length + (count * Math.Max(0, with.Length - old.Length)));
        if (old.Length == 0)
        {
            var spread = new StringBuilder();
            var left = count;
            foreach (var point in Types.CodePoints(text))
            {
                spread.Append(left-- > 0 ? with : "").Append(point);
            }

            return spread.Append(left > 0 ? with : "").ToString();
        }

        if (count == found)
        {
            return text.Replace(old, with, StringComparison.Ordinal);
        }

        var result = new StringBuilder();
        var at = 0;
        for (; count > 0; count--)
        {
            var next = text.IndexOf(old, at, StringComparison.Ordinal);
            result.Append(text, at, next - at).Append(with);
            at = next + old.Length;
        }

        return result.Append(text, at, text.Length - at).ToString();
    }

    private static Method Same(string name, string signature, Func<RenderState, string, Arguments, string> body) =>
        new(name, signature, (state, self, arguments) =>
        {
            var text = Of(self);
            state.Charge(text.Length);
            var result = body(state, text, arguments);
            return self is Markup ? new Markup(result) : result;
        });

    private static object Replace(RenderState state, object self, Arguments a)
    {
        var count = a.Whole(2, -1);
        return self is Markup markup
            ? new Markup(Replaced(state, markup.Text, a.Text(0), Markup.Escape(a[1]), count))
            : Replaced(state, Of(self), a.Text(0), a.Text(1), count);
    }

    private static int Occurrences(string text, string part)
    {
        if (part.Length == 0)
        {
            return (int)Types.Length(text) + 1;
        }

        var count = 0;
        for (var at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
        {
            count++;
        }

        return count;
    }

    private static string? Separator(Arguments a) => a.Or(0, null) is null ? null : a.Text(0) is { Length: > 0 } text
        ? text
        : throw Fail.Value("empty separator");

    private static ListValue List(object self, List<string> parts) =>
        new([.. parts.Select(part => self is Markup ? (object)new Markup(part) : part)]);

    private static TupleValue Partition(string text, string separator, bool last)
    {
        var at = separator.Length == 0 ? throw Fail.Value("empty separator")
            : last ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return at >= 0 ? new(text[..at], separator, text[(at + separator.Length)..])
            : last ? new("", "", text) : new(text, "", "");
    }

    private static string Join(RenderState state, string separator, Arguments a)
    {
        var parts = state.List(a[0]);
        for (var index = 0; index < parts.Count; index++)
        {
            if (Types.AsText(parts[index]) is null)
            {
                throw Fail.Type(
                    $"sequence item {index}: expected str instance, {Types.Name(parts[index])} found; use | join('{separator}')");
            }
        }

        state.Charge(parts.Sum(part => (long)Types.AsText(part)!.Length + separator.Length));
        return string.Join(separator, parts.Select(Types.AsText));
    }

    private static object Affix(object self, Arguments a, Func<string, string, bool> matches)
    {
        var text = Window(Of(self), a, out _);
        return Numbers.Box(a[0] is TupleValue parts
            ? parts.Items.Any(part => matches(text, Types.AsText(part) ?? throw Fail.Type("the tuple must contain texts only")))
            : matches(text, a.Text(0)));
    }

    private static object? Find(object self, Arguments a, bool last)
    {
        var text = Window(Of(self), a, out var offset);
        var at = last ? text.LastIndexOf(a.Text(0), StringComparison.Ordinal) : text.IndexOf(a.Text(0), StringComparison.Ordinal);
        return at < 0 ? null : Numbers.Box(offset + Types.Length(text[..at]));
    }

    private static object? Count(RenderState state, object self, Arguments a)
    {
        var text = Window(Of(self), a, out _);
        state.Steps(text.Length / 64);
        return Numbers.Box(Occurrences(text, a.Text(0)));
    }

    /// <summary>The text between start and end, which are the second and third arguments.</summary>
    private static string Window(string text, Arguments a, out int offset)
    {
        offset = 0;
        if (!a.Has(1))
        {
            return text;
        }

        var points = Types.CodePoints(text);
        offset = At(a.Or(1, null), 0);
        var end = At(a.Or(2, null), points.Count);
        return string.Concat(points.Skip(offset).Take(Math.Max(0, end - offset)));

        int At(object? index, int fallback)
        {
            var value = index is null ? fallback : Numbers.ToIndex(index);
            return (int)Math.Clamp(value < 0 ? value + points.Count : value, 0, points.Count);
        }
    }

    private static string Zeros(RenderState state, string text, int width)
    {
        state.Charge(Math.Max(0, width));
        var sign = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        var missing = width - (int)Types.Length(text);
        return missing <= 0 ? text : text[..sign] + new string('0', missing) + text[sign..];
    }

    private static string Pad(RenderState state, string text, Arguments a, int side)
    {
        var missing = a.Small(0, 0) - (int)Types.Length(text);
        if (missing <= 0)
        {
            return text;
        }

        state.Charge(missing);
        var fill = new string(Fill(a.Text(1, " ")), missing);
        return side == 0 ? text + fill : fill + text;
    }

    private static char Fill(string fill) =>
        fill.Length == 1 ? fill[0] : throw Fail.Type("The fill character must be exactly one character long");

    private static string ExpandTabs(RenderState state, string text, int size)
    {
        state.Charge(text.Count(c => c == '\t'), Math.Max(1, size));
        var result = new StringBuilder();
        var column = 0;
        foreach (var c in text)
        {
            if (c == '\t')
            {
                var count = size > 0 ? size - (column % size) : 0;
                result.Append(' ', count);
                column += count;
            }
            else
            {
                result.Append(c);
                column = c is '\n' or '\r' ? 0 : column + 1;
            }
        }

        return result.ToString();
    }

    private static string Translate(RenderState state, string text, Arguments a)
    {
        var table = a[0] as DictValue ?? throw Fail.Type("translate() needs a dict");
        var result = new StringBuilder();
        foreach (var point in Types.CodePoints(text))
        {
            var code = point.Length == 2 ? char.ConvertToUtf32(point, 0) : point[0];
            if (!table.TryGet(Numbers.Box(code), out var value))
            {
                result.Append(point);
            }
            else if (value is not null)
            {
                result.Append(value is long number ? Encodings.Character(number) : Types.AsText(value)
                    ?? throw Fail.Type("character mapping must return integer, None or str"));
                state.Charge(Types.AsText(value)?.Length ?? 1);
            }
        }

        return result.ToString();
    }
}
