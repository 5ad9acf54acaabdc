using System.Globalization;
using HaNatsBridge.Templates.Evaluation;

namespace HaNatsBridge.Templates.Values;

/// <summary><c>version('2026.6.1')</c>: texts that compare by their numbers.</summary>
internal sealed record VersionValue(string Text)
{
    private string[] Sections => Text.TrimStart('v').Split('.', '-', '+', '_');

    /// <summary>Numbers, then what comes before a release (<c>dev</c>, <c>a</c>, <c>b</c>, <c>rc</c>).</summary>
    private bool IsValid => Text.Length > 0 && Text.TrimStart('v') is { Length: > 0 } rest && char.IsAsciiDigit(rest[0]);

    public object? Attribute(string name) => name switch
    {
        "string" => Text.TrimStart('v'),
        "major" => Section(0),
        "minor" => Section(1),
        "patch" => Section(2),
        "valid" => Numbers.Box(IsValid),
        "alpha" or "beta" or "dev" or "release_candidate" => Numbers.Box(Modifier() == name[0]),
        "modifier" => Modifier() == '\0' ? null : Text[Split()..].TrimStart('.', '-'),
        _ => Missing.Value,
    };

    public override string ToString() => Text.TrimStart('v');

    public static bool Same(object? left, object? right) => Show.Text(left).TrimStart('v') == Show.Text(right).TrimStart('v');

    public static int Compare(object? left, object? right)
    {
        var (a, b) = (left as VersionValue ?? new(Show.Text(left)), right as VersionValue ?? new(Show.Text(right)));
        if (!a.IsValid || !b.IsValid)
        {
            throw new TemplateError(TemplateErrorKind.Version, $"'{a.Text}' and '{b.Text}' cannot be compared as versions");
        }

        var (x, y) = (a.Numbers_(), b.Numbers_());
        for (var index = 0; index < Math.Max(x.Length, y.Length); index++)
        {
            var order = x.ElementAtOrDefault(index).CompareTo(y.ElementAtOrDefault(index));
            if (order != 0)
            {
                return order;
            }
        }

        var rank = Rank(a.Modifier()).CompareTo(Rank(b.Modifier()));
        return rank != 0 ? rank : a.ModifierNumber().CompareTo(b.ModifierNumber());
    }

    private object? Section(int index) => Sections.Length > index && Sections[index].All(char.IsAsciiDigit)
        ? new VersionValue(Sections[index])
        : null;

    /// <summary>Where the numbers end.</summary>
    private int Split()
    {
        var at = Text.Length - Text.TrimStart('v').Length;
        while (at < Text.Length && (char.IsAsciiDigit(Text[at]) || Text[at] == '.'))
        {
            at++;
        }

        return at;
    }

    private long[] Numbers_() => [.. Text[..Split()].TrimStart('v').TrimEnd('.').Split('.')
        .Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)];

    private char Modifier() =>
        Text[Split()..].TrimStart('.', '-', '_') is { Length: > 0 } rest ? char.ToLowerInvariant(rest[0]) : '\0';

    private static int Rank(char modifier) => modifier switch { 'd' => 0, 'a' => 1, 'b' => 2, 'r' => 3, _ => 4 };

    private long ModifierNumber() =>
        long.TryParse(string.Concat(Text[Split()..].Where(char.IsAsciiDigit)), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) ? number : 0;
}
