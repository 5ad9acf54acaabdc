using System.Globalization;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Time;

/// <summary>Python's date.</summary>
internal sealed record DateValue(DateOnly Date)
{
    public override string ToString() => Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>Python's time of day, in microseconds.</summary>
internal sealed record TimeValue(long Microseconds, TimeZoneValue? Zone = null)
{
    public override string ToString()
    {
        var text = new TimeOnly(Microseconds * 10).ToString(Microseconds % 1_000_000 == 0 ? "HH:mm:ss"
            : "HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
        return Zone?.Fixed is { } offset ? text + DateTimeValue.OffsetText(offset) : text;
    }
}

/// <summary>Python's timedelta, in microseconds.</summary>
internal sealed record TimeDeltaValue
{
    public const long Day = 86_400_000_000;

    public TimeDeltaValue(long microseconds) => Microseconds = Math.Abs(microseconds / Day) <= 999_999_999
        ? microseconds
        : throw Fail.Overflow("the timedelta has more than 999999999 days");

    public long Microseconds { get; }

    public long Days => (long)Math.Floor((decimal)Microseconds / Day);

    public long Rest => Microseconds - (Days * Day);

    public static TimeDeltaValue From(double microseconds) => Math.Abs(microseconds) < 9e18
        ? new((long)Math.Round(microseconds, MidpointRounding.ToEven))
        : throw Fail.Overflow("the timedelta is too large");

    public override string ToString()
    {
        var seconds = Rest / 1_000_000;
        var text = string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:00}:{seconds % 60:00}");
        if (Rest % 1_000_000 != 0)
        {
            text += string.Create(CultureInfo.InvariantCulture, $".{Rest % 1_000_000:000000}");
        }

        return Days == 0 ? text
            : string.Create(CultureInfo.InvariantCulture, $"{Days} day{(Math.Abs(Days) == 1 ? "" : "s")}, {text}");
    }

    public string Repr()
    {
        var parts = new List<string>();
        foreach (var (name, value) in new[] { ("days", Days), ("seconds", Rest / 1_000_000), ("microseconds", Rest % 1_000_000) })
        {
            if (value != 0)
            {
                parts.Add(string.Create(CultureInfo.InvariantCulture, $"{name}={value}"));
            }
        }

        return $"datetime.timedelta({(parts.Count == 0 ? "0" : string.Join(", ", parts))})";
    }
}

/// <summary>Python's tzinfo: a zone of the system, or a fixed offset.</summary>
internal sealed record TimeZoneValue(TimeZoneInfo? Zone, TimeSpan? Fixed)
{
    public static readonly TimeZoneValue Utc = new(null, TimeSpan.Zero);

    public static TimeZoneValue Of(TimeZoneInfo zone) => zone.Equals(TimeZoneInfo.Utc) ? Utc : new(zone, null);

    public static TimeZoneValue At(TimeSpan offset) => offset == TimeSpan.Zero ? Utc : new(null, offset);

    /// <summary>The offset at a local time. In the hour that occurs twice, <paramref name="second"/> decides.</summary>
    public TimeSpan OffsetAt(DateTime local, bool second)
    {
        if (Fixed is { } offset)
        {
            return offset;
        }

        if (Zone!.IsAmbiguousTime(local))
        {
            var offsets = Zone.GetAmbiguousTimeOffsets(local);
            return second ? offsets.Min() : offsets.Max();
        }

        // In the hour that does not exist, Python uses the offset before it.
        return Zone.IsInvalidTime(local) ? Zone.GetUtcOffset(local.AddHours(second ? 3 : -3)) : Zone.GetUtcOffset(local);
    }

    public string NameAt(DateTime local, bool second)
    {
        if (Fixed is { } offset)
        {
            return offset == TimeSpan.Zero ? "UTC" : "UTC" + DateTimeValue.OffsetText(offset);
        }

        var summer = OffsetAt(local, second) != Zone!.BaseUtcOffset;
        return summer ? Zone.DaylightName : Zone.StandardName;
    }

    public string Repr => Fixed is not { } offset ? $"zoneinfo.ZoneInfo(key='{Zone!.Id}')"
        : offset == TimeSpan.Zero ? "datetime.timezone.utc"
        : $"datetime.timezone({new TimeDeltaValue(offset.Ticks / 10).Repr()})";

    public override string ToString() => Fixed is { } offset
        ? offset == TimeSpan.Zero ? "UTC" : "UTC" + DateTimeValue.OffsetText(offset)
        : Zone!.Id;
}

/// <summary>Python's datetime, with or without a zone.</summary>
internal sealed record DateTimeValue(DateTime Local, TimeZoneValue? Zone, bool Second = false) : IComparable<DateTimeValue>
{
    public bool IsAware => Zone is not null;

    public TimeSpan Offset => Zone?.OffsetAt(Local, Second) ?? TimeSpan.Zero;

    public long UtcMicroseconds => (Local.Ticks - Offset.Ticks) / 10;

    public static DateTimeValue FromUtc(long microseconds, TimeZoneValue zone)
    {
        if (microseconds < 0 || microseconds > DateTime.MaxValue.Ticks / 10)
        {
            throw Fail.Value($"year is out of range");
        }

        var utc = new DateTime(microseconds * 10, DateTimeKind.Utc);
        if (zone.Fixed is { } offset)
        {
            return new(Add(utc, offset.Ticks / 10), zone);
        }

        var local = DateTime.SpecifyKind(TimeZoneInfo.ConvertTimeFromUtc(utc, zone.Zone!), DateTimeKind.Unspecified);
        var second = zone.Zone!.IsAmbiguousTime(local) && local - utc == zone.Zone.GetAmbiguousTimeOffsets(local).Min();
        return new(local, zone, second);
    }

    public static DateTime Add(DateTime time, long microseconds)
    {
        var ticks = (decimal)time.Ticks + ((decimal)microseconds * 10);
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime((long)ticks, DateTimeKind.Unspecified)
            : throw Fail.Overflow("date value out of range");
    }

    public DateTimeValue In(TimeZoneValue zone) => FromUtc(UtcMicroseconds, zone);

    public int CompareTo(DateTimeValue? other) => UtcMicroseconds.CompareTo(other!.UtcMicroseconds);

    public bool Equals(DateTimeValue? other) => other is not null && IsAware == other.IsAware && CompareTo(other) == 0;

    public override int GetHashCode() => UtcMicroseconds.GetHashCode();

    public string Iso(char separator, string spec = "auto")
    {
        var micro = Local.Ticks / 10 % 1_000_000;
        var format = spec switch
        {
            "hours" => "HH",
            "minutes" => "HH:mm",
            "seconds" => "HH:mm:ss",
            "milliseconds" => "HH:mm:ss.fff",
            "microseconds" => "HH:mm:ss.ffffff",
            "auto" => micro == 0 ? "HH:mm:ss" : "HH:mm:ss.ffffff",
            _ => throw Fail.Value("Unknown timespec value"),
        };
        var text = Local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + separator + Local.ToString(format,
            CultureInfo.InvariantCulture);
        return IsAware ? text + OffsetText(Offset) : text;
    }

    public string Repr()
    {
        var micro = Local.Ticks / 10 % 1_000_000;
        var text = string.Create(CultureInfo.InvariantCulture,
            $"datetime.datetime({Local.Year}, {Local.Month}, {Local.Day}, {Local.Hour}, {Local.Minute}");
        if (Local.Second != 0 || micro != 0)
        {
            text += string.Create(CultureInfo.InvariantCulture, $", {Local.Second}{(micro == 0 ? "" : $", {micro}")}");
        }

        return text + (IsAware ? $", tzinfo={Zone!.Repr}" : "") + ")";
    }

    public static string OffsetText(TimeSpan offset, bool colon = true)
    {
        var sign = offset < TimeSpan.Zero ? '-' : '+';
        var size = offset.Duration();
        var text = string.Create(CultureInfo.InvariantCulture,
            $"{sign}{(int)size.TotalHours:00}{(colon ? ":" : "")}{size.Minutes:00}");
        return size.Seconds == 0 ? text
            : text + string.Create(CultureInfo.InvariantCulture, $"{(colon ? ":" : "")}{size.Seconds:00}");
    }
}
