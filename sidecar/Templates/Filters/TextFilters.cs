using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Methods;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Filters for text.</summary>
internal static partial class TextFilters
{
    public static IEnumerable<Entry> All =>
    [
        Text("upper", Casing.Upper),
        Text("lower", Casing.Lower),
        Text("capitalize", Casing.Capitalize),
        Text("title", Title),
        new(Use.Filter, "trim", "value chars?", (_, a) => Like(a[0], TextMethods.Trim(a.Shown(0), a.Or(1, null), true, true))),
        new(Use.Filter, "replace", "s old new count?", Replace),
        new(Use.Filter, "center", "value width?", (state, a) =>
            Like(a[0], TextMethods.Center(state, a.Shown(0), a.Small(1, 80), " "))),
        new(Use.Filter, "indent", "s width? first? blank?", Indent),
        new(Use.Filter, "truncate", "s length? killwords? end? leeway?", Truncate),
        new(Use.Filter, "wordcount", "s", (_, a) => Numbers.Box(Words().Count(a.Shown(0)))),
        new(Use.Filter, "wordwrap", "s width? break_long_words? wrapstring? break_on_hyphens?", WordWrap),
        new(Use.Filter, "format", "value *args **kwargs", Format),
        new(Use.Filter, "filesizeformat", "value binary?", FileSize),
        new(Use.Filter, "pprint", "value", (_, a) => Show.Repr(a[0])),
        new(Use.Filter, "ordinal", "value", (_, a) => Ordinal(a.Shown(0))),
        new(Use.Both, "slugify", "value separator?", (state, a) =>
        {
            state.Charge(a.Shown(0).Length, 4);
            return a.Shown(0).Length == 0 ? "" : Slug.Make(a.Shown(0), a.Text(1, "_")) is { Length: > 0 } slug ? slug : "unknown";
        }),
        new(Use.Filter, "urlencode", "value", (state, a) => UrlEncode(state, a[0])),
        new(Use.Global, "urlencode", "value", (state, a) => Encoding.ASCII.GetBytes(QueryText(
            state, a[0] is DictValue or SequenceValue ? a[0]
                : throw Fail.Type("not a valid non-string sequence or mapping object"), true))),
    ];

    private static Entry Text(string name, Func<string, string> body) => new(Use.Filter, name, "s", (state, a) =>
    {
        var text = a.Shown(0);
        state.Charge(text.Length);
        return Like(a[0], body(text));
    });

    /// <summary>Safe text stays safe.</summary>
    private static object Like(object? original, string text) => original is Markup ? new Markup(text) : text;

    /// <summary>Jinja's title: words begin after white space, a hyphen or an opening bracket, not after an apostrophe.</summary>
    private static string Title(string text) => TitleParts().Replace(text, match =>
        match.Value.Length == 0 ? "" : Casing.Upper(match.Value[..1]) + Casing.Lower(match.Value[1..]));

    private static object? Replace(RenderState state, Arguments a)
    {
        var count = a.Or(3, null) is null ? -1 : a.Whole(3, -1);
        return TextMethods.Replaced(state, a.Shown(0), a.Shown(1), a.Shown(2), count);
    }

    private static object? Indent(RenderState state, Arguments a)
    {
        var indent = !a.Has(1) ? "    " : Types.AsText(a[1]) is { } given ? given
            : new string(' ', (int)Math.Clamp(a.Whole(1, 4), 0, 1000));
        var lines = Splitting.Lines(state, Required(a) + "\n", false);
        state.Charge(a.Shown(0).Length + (lines.Count * (long)indent.Length));
        var text = new StringBuilder();
        for (var index = 0; index < lines.Count; index++)
        {
            var blank = lines[index].Length == 0 && !a.Flag(3);
            _ = index > 0 ? text.Append('\n').Append(blank ? "" : indent) : text.Append(a.Flag(2) ? indent : "");
            text.Append(lines[index]);
        }

        return Like(a[0], text.ToString());
    }

    private static object? Truncate(RenderState state, Arguments a)
    {
        if (Types.AsText(a[0]) is null)
        {
            return Types.Length(a[0]) <= a.Small(1, 255) ? a[0]
                : throw Fail.Type($"truncate needs a text, not {Types.Name(a[0])}");
        }

        var points = Types.CodePoints(a.Shown(0));
        var (length, end, leeway) = (a.Small(1, 255), a.Text(3, "..."), a.Or(4, null) is null ? 5 : a.Small(4, 5));
        if (points.Count <= length + leeway)
        {
            return Like(a[0], a.Shown(0));
        }

        if (length < Types.Length(end))
        {
            throw Fail.Value($"expected length >= {Types.Length(end)}, got {length}");
        }

        var cut = string.Concat(points.Take(length - (int)Types.Length(end)));
        var space = a.Flag(2) ? -1 : cut.LastIndexOf(' ');
        return Like(a[0], (space >= 0 ? cut[..space] : cut) + end);
    }

    private static string Required(Arguments a) => Types.AsText(a[0]) ?? throw (a[0] is Undefined undefined
        ? undefined.Error()
        : new TemplateError(TemplateErrorKind.Attribute, $"expected a text, not {Types.Name(a[0])}; use | string first"));

    private static object? WordWrap(RenderState state, Arguments a)
    {
        var width = Math.Max(1, a.Small(1, 79));
        var separator = a.Or(3, null) is null ? "\n" : a.Text(3);
        var lines = new List<string>();
        foreach (var line in Splitting.Lines(state, Required(a), false))
        {
            var current = "";
            foreach (var word in line.Split(' '))
            {
                var rest = word;
                if (current.Length > 0 && current.Length + 1 + rest.Length > width)
                {
                    lines.Add(current);
                    current = "";
                }

                while (a.Flag(2, true) && rest.Length > width)
                {
                    state.Step();
                    lines.Add(rest[..width]);
                    rest = rest[width..];
                }

                current = current.Length == 0 ? rest : $"{current} {rest}";
            }

            lines.Add(current);
        }

        return string.Join(separator, lines);
    }

    private static object? Format(RenderState state, Arguments a)
    {
        if (a.Rest(1).Count > 0 && a.Named(2).Count > 0)
        {
            throw Fail.Runtime("cannot handle positional and keyword arguments at the same time");
        }

        return PercentFormat.Format(state, a[0] is Markup ? a[0] : a.Shown(0), a.Named(2).Count > 0 ? a.Named(2) : a.Rest(1));
    }

    private static object? FileSize(RenderState state, Arguments a)
    {
        var bytes = Numbers.TryFloat(a[0]) ?? throw (Types.AsText(a[0]) is null
            ? Fail.Type($"filesizeformat needs a number, not {Types.Name(a[0])}")
            : Fail.Value($"could not convert '{Show.Brief(a[0])}' to a number"));
        var binary = a.Flag(1);
        double unit = binary ? 1024 : 1000;
        if (bytes == 1)
        {
            return "1 Byte";
        }

        if (bytes < unit)
        {
            return $"{Show.Text(Numbers.Truncate(bytes))} Bytes";
        }

        string[] names = binary ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
            : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        var size = unit;
        var index = 0;
        while (index < names.Length - 1 && bytes >= size * unit)
        {
            size *= unit;
            index++;
        }

        return $"{new FormatSpec { Precision = 1, Type = 'f' }.Float(bytes / size)} {names[index]}";
    }

    private static string Ordinal(string text)
    {
        // As in Home Assistant: the last two characters may contain a sign.
        if (text.Length == 0 || Numbers.TryParseInt(text[^1..], 10) is not long last
            || Numbers.TryParseInt(text[^Math.Min(2, text.Length)..], 10) is not long two)
        {
            throw Fail.Value($"'{text}' does not end in a number");
        }

        return text + (two is >= 11 and <= 13 ? "th" : last switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" });
    }

    private static string UrlEncode(RenderState state, object? value) => value is string or Markup || !Types.IsIterable(value)
        ? Quote(state, Show.Text(value), "/")
        : QueryText(state, value, false);

    private static string QueryText(RenderState state, object? value, bool plus)
    {
        var pairs = new List<string>();
        foreach (var item in state.Items(value is DictValue dict ? new ViewValue(dict, ViewKind.Items) : value))
        {
            var pair = state.List(item);
            if (pair.Count != 2)
            {
                throw Fail.Value("urlencode needs a dict or a list of pairs");
            }

            var parts = pair.Select(part => plus
                ? Quote(state, Show.Text(part), " ").Replace(' ', '+')
                : Quote(state, Show.Text(part), "").Replace("%20", "+", StringComparison.Ordinal));
            pairs.Add(string.Join('=', parts));
        }

        return string.Join('&', pairs);
    }

    private static string Quote(RenderState state, string text, string safe)
    {
        state.Charge(text.Length, 9);
        var result = new StringBuilder();
        foreach (var item in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)item;
            _ = char.IsAsciiLetterOrDigit(c) || "_.-~".Contains(c, StringComparison.Ordinal)
                || safe.Contains(c, StringComparison.Ordinal)
                ? result.Append(c)
                : result.Append(CultureInfo.InvariantCulture, $"%{item:X2}");
        }

        return result.ToString();
    }

    [GeneratedRegex(@"[^-\s({\[<]+", RegexOptions.CultureInvariant)]
    private static partial Regex TitleParts();

    [GeneratedRegex(@"[\w\p{N}]+", RegexOptions.CultureInvariant)]
    private static partial Regex Words();
}
