using System.Globalization;
using System.Text.RegularExpressions;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Time;

/// <summary>Timestamps, and the texts that Home Assistant reads as times and durations.</summary>
internal static partial class Clock
{
    private const long Epoch = 62_135_596_800_000_000;

    public static DateTimeValue Aware(DateTimeValue time, TimeZoneInfo zone) =>
        time.IsAware ? time : time with { Zone = TimeZoneValue.Of(zone) };

    /// <summary>Seconds since 1970.</summary>
    public static double Timestamp(RenderState state, DateTimeValue time)
    {
        var microseconds = Aware(time, state.Options.ProcessTimeZone).UtcMicroseconds - Epoch;
        return microseconds / 1e6;
    }

    /// <summary>datetime.fromtimestamp in UTC.</summary>
    public static DateTimeValue FromTimestamp(object value)
    {
        if (value is long or bool)
        {
            var seconds = Numbers.ToIndex(value);
            return seconds is > -62_135_596_801 and < 253_402_300_800
                ? DateTimeValue.FromUtc((seconds * 1_000_000) + Epoch, TimeZoneValue.Utc)
                : throw Fail.Value("year is out of range");
        }

        var real = Numbers.ToDouble(value);
        if (double.IsNaN(real))
        {
            throw Fail.Value("cannot convert float NaN to integer");
        }

        if (double.IsInfinity(real))
        {
            throw Fail.Overflow("cannot convert float infinity to integer");
        }

        if (Math.Abs(real) >= 9.2e18)
        {
            throw Fail.Overflow("timestamp out of range for platform time_t");
        }

        if (Math.Abs(real) > 1e12)
        {
            throw Fail.Value("year is out of range");
        }

        // Like Python: the seconds and their fraction are rounded apart from each other.
        var whole = Math.Floor(real);
        var micro = (long)Math.Round((real - whole) * 1e6, MidpointRounding.ToEven);
        return DateTimeValue.FromUtc(((long)whole * 1_000_000) + micro + Epoch, TimeZoneValue.Utc);
    }

    public static DateTimeValue? ParseDateTime(string text)
    {
        var match = IsoTime().Match(text);
        if (!match.Success)
        {
            match = LooseTime().Match(text);
        }

        if (!match.Success)
        {
            return null;
        }

        int Part(string name, int fallback) =>
            match.Groups[name].Success ? int.Parse(match.Groups[name].Value, CultureInfo.InvariantCulture) : fallback;

        var (year, month, day) = (Part("year", 0), Part("month", 1), Part("day", 1));
        if ((match.Groups["week"].Success || match.Groups["ordinal"].Success)
            && Day(year, Part("week", 0), Part("weekday", 1), Part("ordinal", 0))
            is { } date)
        {
            (year, month, day) = (date.Year, date.Month, date.Day);
        }
        else if (match.Groups["week"].Success || match.Groups["ordinal"].Success)
        {
            return null;
        }

        var (hour, minute, second) = (Part("hour", 0), Part("minute", 0), Part("second", 0));
        var midnight = hour == 24 && minute == 0 && second == 0;
        if (year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || (hour > 23 && !midnight) || minute > 59 || second > 59)
        {
            return null;
        }

        var fraction = match.Groups["fraction"].Value.PadRight(6, '0')[..6];
        var local = new DateTime(year, month, day).AddHours(hour).AddMinutes(minute).AddSeconds(second)
            .AddTicks(long.Parse(fraction, CultureInfo.InvariantCulture) * 10);
        return Zone(match) is { } zone ? new(local, zone.Value) : null;
    }

    /// <summary>The day of a week date, or of the day of a year; null if there is none.</summary>
    private static DateTime? Day(int year, int week, int weekday, int ordinal)
    {
        if (year < 1 || (week == 0 && ordinal == 0))
        {
            return null;
        }

        return week > 0
            ? week <= ISOWeek.GetWeeksInYear(year) ? ISOWeek.ToDateTime(year, week, (DayOfWeek)(weekday % 7)) : null
            : ordinal <= (DateTime.IsLeapYear(year) ? 366 : 365) ? new DateTime(year, 1, 1).AddDays(ordinal - 1) : null;
    }

    /// <summary>Null if the offset is out of range; a null in it if there is none.</summary>
    private static Optional? Zone(Match match)
    {
        var text = match.Groups["zone"].Value;
        if (text.Length == 0)
        {
            return new(null);
        }

        if (text is "Z" or "z")
        {
            return new(TimeZoneValue.Utc);
        }

        var digits = text[1..].Replace(":", "", StringComparison.Ordinal).PadRight(4, '0');
        var (hours, minutes) = (int.Parse(digits[..2], CultureInfo.InvariantCulture),
            int.Parse(digits[2..], CultureInfo.InvariantCulture));
        var offset = new TimeSpan(hours, minutes, 0);
        return hours > 23 || minutes > 59 ? null : new(TimeZoneValue.At(text[0] == '-' ? -offset : offset));
    }

    private sealed record Optional(TimeZoneValue? Value);

    public static TimeDeltaValue? ParseDuration(string text)
    {
        foreach (var pattern in new[] { StandardDuration(), IsoDuration(), PostgresDuration() })
        {
            var match = pattern.Match(text);
            if (!match.Success || text.Length > 100)
            {
                continue;
            }

            double Part(string name) => match.Groups[name] is { Success: true, Value: var value }
                ? double.Parse(value.Replace(',', '.'), CultureInfo.InvariantCulture)
                : 0;

            var sign = match.Groups["sign"].Value == "-" ? -1 : 1;
            var micro = match.Groups["micro"].Success
                ? double.Parse(match.Groups["micro"].Value.PadRight(6, '0'), CultureInfo.InvariantCulture)
                : 0;
            var days = Part("days") * TimeDeltaValue.Day * (pattern == IsoDuration() ? sign : 1);
            var time = (Part("hours") * 3.6e9) + (Part("minutes") * 6e7) + (Part("seconds") * 1e6) + micro;
            return TimeDeltaValue.From(days + (sign * time));
        }

        return null;
    }

    /// <summary>A time of day, <c>8:15</c> or <c>08:15:30</c>, in microseconds.</summary>
    public static long? ParseTime(string text)
    {
        var parts = text.Split(':');
        var numbers = parts.Select(part => Numbers.TryParseInt(part, 10) as long? ?? -1).ToArray();
        return numbers.Length >= 2 && numbers[0] is >= 0 and < 24 && numbers[1] is >= 0 and < 60
            && (numbers.Length == 2 || numbers[2] is >= 0 and < 60)
            ? ((numbers[0] * 3600) + (numbers[1] * 60) + (numbers.Length > 2 ? numbers[2] : 0)) * 1_000_000
            : null;
    }

    /// <summary>A duration in words: so many units, the last one rounded; 0 for all.</summary>
    public static string InWords(double seconds, long precision)
    {
        seconds = Math.Round(seconds, MidpointRounding.ToEven);
        if (seconds == 0)
        {
            return "0 seconds";
        }

        var parts = new List<string>();
        foreach (var (unit, factor) in Units)
        {
            if (seconds < factor)
            {
                continue;
            }

            var last = parts.Count + 1 == precision;
            var count = last ? Math.Round(seconds / factor, MidpointRounding.ToEven) : Math.Floor(seconds / factor);
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}"));
            if (last)
            {
                break;
            }

            seconds -= count * factor;
        }

        return string.Join(' ', parts);
    }

    private static readonly (string Unit, double Factor)[] Units =
        [("year", 31_536_000), ("month", 2_592_000), ("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];

    /// <summary>What ciso8601 reads.</summary>
    [GeneratedRegex(
        """
        ^(?<year>[0-9]{4})
        (?:
          (?:-(?<month>[0-9]{2})(?:-(?<day>[0-9]{2}))?|-W(?<week>[0-9]{2})(?:-(?<weekday>[1-7]))?|-(?<ordinal>[0-9]{3}))
          (?:(?<=-[0-9]{2}-[0-9]{2}|-[1-7]|-[0-9]{3})[Tt\ ](?<hour>[0-9]{2})
            (?::(?<minute>[0-9]{2})(?::(?<second>[0-9]{2})(?:[.,](?<fraction>[0-9]+))?)?)?
            (?<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?
        |
          (?:(?<month>[0-9]{2})(?<day>[0-9]{2})|W(?<week>[0-9]{2})(?<weekday>[1-7])|(?<ordinal>[0-9]{3}))
          (?:[Tt\ ](?<hour>[0-9]{2})
            (?:(?<minute>[0-9]{2})(?:(?<second>[0-9]{2})(?:[.,](?<fraction>[0-9]+))?)?)?
            (?<zone>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?)?
        )\z
        """,
        RegexOptions.IgnorePatternWhitespace,
        100)]
    private static partial Regex IsoTime();

    [GeneratedRegex(
        """
        ^(?<year>[0-9]{4})-(?<month>[0-9]{1,2})-(?<day>[0-9]{1,2})[T\ ](?<hour>[0-9]{1,2}):(?<minute>[0-9]{1,2})
        (?::(?<second>[0-9]{1,2})(?:\.(?<fraction>[0-9]{1,6})[0-9]{0,6})?)?(?<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$
        """,
        RegexOptions.IgnorePatternWhitespace,
        100)]
    private static partial Regex LooseTime();

    [GeneratedRegex(
        @"^(?:(?<days>-?[0-9]+) (?:days?, )?)?(?<sign>-?)(?:(?<hours>[0-9]+):(?=[0-9]+:[0-9]+))?(?:(?<minutes>[0-9]+):)?" +
        @"(?<seconds>[0-9]+)(?:[.,](?<micro>[0-9]{1,6})[0-9]{0,6})?$",
        RegexOptions.None,
        100)]
    private static partial Regex StandardDuration();

    [GeneratedRegex(
        @"^(?<sign>[-+]?)P(?:(?<days>[0-9]+(?:[.,][0-9]+)?)D)?(?:T(?:(?<hours>[0-9]+(?:[.,][0-9]+)?)H)?" +
        @"(?:(?<minutes>[0-9]+(?:[.,][0-9]+)?)M)?(?:(?<seconds>[0-9]+(?:[.,][0-9]+)?)S)?)?$",
        RegexOptions.None,
        100)]
    private static partial Regex IsoDuration();

    [GeneratedRegex(
        @"^(?:(?<days>-?[0-9]+) (?:days? ?))?(?:(?<sign>[-+])?(?<hours>[0-9]+):(?<minutes>[0-9][0-9]):" +
        @"(?<seconds>[0-9][0-9])(?:\.(?<micro>[0-9]{1,6}))?)?$",
        RegexOptions.None,
        100)]
    private static partial Regex PostgresDuration();
}
