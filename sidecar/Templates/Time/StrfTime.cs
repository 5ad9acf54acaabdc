using System.Globalization;
using System.Text;
using HaNatsBridge.Templates.Evaluation;

namespace HaNatsBridge.Templates.Time;

/// <summary>Python's strftime, in the C locale.</summary>
internal static class StrfTime
{
    public static readonly string[] Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

    public static readonly string[] Months =
    [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ];

    public static string Checked(RenderState state, DateTimeValue value, string format)
    {
        state.Charge(format.Length, 12);
        return Format(value, format);
    }

    public static string Format(DateTimeValue value, string format)
    {
        var text = new StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                text.Append(format[at]);
                continue;
            }

            var c = format[++at];
            // glibc's modifiers: no padding, or another one.
            var modifier = '\0';
            if (c is '-' or '_' or '0' or '^' && at + 1 < format.Length)
            {
                modifier = c;
                c = format[++at];
            }

            var part = c == ':' && at + 1 < format.Length && format[at + 1] == 'z' ? Offset(value, true) : Directive(value, c);
            at += c == ':' && part is not null ? 1 : 0;
            text.Append(part is null ? $"%{(modifier == '\0' ? "" : modifier)}{c}" : Modified(part, modifier));
        }

        return text.ToString();
    }

    private static string Modified(string part, char modifier) => modifier switch
    {
        '-' => part.TrimStart('0', ' ') is { Length: > 0 } rest ? rest : part[^1..],
        '_' => part.Length - part.TrimStart('0').Length is var zeros && zeros == part.Length
            ? new string(' ', zeros - 1) + "0"
            : new string(' ', zeros) + part[zeros..],
        '^' => part.ToUpperInvariant(),
        _ => part,
    };

    private static string? Directive(DateTimeValue value, char c)
    {
        var time = value.Local;
        var day = (int)time.DayOfWeek;
        return c switch
        {
            'Y' => time.Year.ToString(CultureInfo.InvariantCulture),
            'y' => Two(time.Year % 100),
            'C' => Two(time.Year / 100),
            'm' => Two(time.Month),
            'd' => Two(time.Day),
            'e' => Two(time.Day) is ['0', var digit] ? " " + digit : Two(time.Day),
            'H' => Two(time.Hour),
            'k' => Two(time.Hour) is ['0', var digit] ? " " + digit : Two(time.Hour),
            'I' => Two(((time.Hour + 11) % 12) + 1),
            'l' => Two(((time.Hour + 11) % 12) + 1) is ['0', var digit] ? " " + digit : Two(((time.Hour + 11) % 12) + 1),
            'M' => Two(time.Minute),
            'S' => Two(time.Second),
            'f' => (time.Ticks / 10 % 1_000_000).ToString("000000", CultureInfo.InvariantCulture),
            'p' => time.Hour < 12 ? "AM" : "PM",
            'P' => time.Hour < 12 ? "am" : "pm",
            'A' => Days[day],
            'a' => Days[day][..3],
            'B' => Months[time.Month - 1],
            'b' or 'h' => Months[time.Month - 1][..3],
            'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
            'w' => day.ToString(CultureInfo.InvariantCulture),
            'u' => (((day + 6) % 7) + 1).ToString(CultureInfo.InvariantCulture),
            'U' => Two((time.DayOfYear + 6 - day) / 7),
            'W' => Two((time.DayOfYear + 6 - ((day + 6) % 7)) / 7),
            'V' => Two(ISOWeek.GetWeekOfYear(time)),
            'G' => ISOWeek.GetYear(time).ToString(CultureInfo.InvariantCulture),
            'g' => Two(ISOWeek.GetYear(time) % 100),
            'z' => Offset(value, false),
            'Z' => value.Zone?.NameAt(time, value.Second) ?? "",
            's' => ((value.Local.Ticks / TimeSpan.TicksPerSecond) - 62_135_596_800).ToString(CultureInfo.InvariantCulture),
            'c' => Format(value, "%a %b %e %H:%M:%S %Y"),
            'x' or 'D' => Format(value, "%m/%d/%y"),
            'X' or 'T' => Format(value, "%H:%M:%S"),
            'r' => Format(value, "%I:%M:%S %p"),
            'R' => Format(value, "%H:%M"),
            'F' => Format(value, "%Y-%m-%d"),
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => null,
        };
    }

    private static string Offset(DateTimeValue value, bool colon) =>
        value.IsAware ? DateTimeValue.OffsetText(value.Offset, colon) : "";

    private static string Two(int number) => number.ToString("00", CultureInfo.InvariantCulture);
}
