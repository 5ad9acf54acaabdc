using System.Globalization;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Methods;

/// <summary>The methods of dates and times.</summary>
internal static class TimeMethods
{
    /// <summary>Those that a date and a datetime have.</summary>
    public static IEnumerable<Method> Date =>
    [
        new("weekday", "", (_, self, _) => Numbers.Box(((int)DayOf(self).DayOfWeek + 6) % 7)),
        new("isoweekday", "", (_, self, _) => Numbers.Box((((int)DayOf(self).DayOfWeek + 6) % 7) + 1)),
        new("isocalendar", "", (_, self, _) =>
        {
            var day = DayOf(self).ToDateTime(default);
            return new NamedTuple(
                "datetime.IsoCalendarDate",
                ["year", "week", "weekday"],
                [ISOWeek.GetYear(day), ISOWeek.GetWeekOfYear(day), (((int)day.DayOfWeek + 6) % 7) + 1]);
        }),
        new("toordinal", "", (_, self, _) => Numbers.Box(DayOf(self).DayNumber + 1)),
        new("timetuple", "", (_, self, _) => TimeTuple(self)),
        new("ctime", "", (_, self, _) => StrfTime.Format(Moment(self), "%a %b %e %H:%M:%S %Y")),
        new("isoformat", "sep? timespec?", (_, self, a) => self is DateTimeValue time
            ? time.Iso(a.Text(0, "T") is [var separator] ? separator
                : throw Fail.Type("the separator must be one character"), a.Text(1, "auto"))
            : self.ToString()),
        new("strftime", "format", (state, self, a) => StrfTime.Checked(state, Moment(self), a.Text(0))),
        new("replace", "year? month? day? hour? minute? second? microsecond? tzinfo? *rest fold?", Replace),
    ];

    public static IEnumerable<Method> DateTime =>
    [
        new("date", "", (_, self, _) => new DateValue(DateOnly.FromDateTime(Of(self).Local))),
        new("time", "", (_, self, _) => new TimeValue(Of(self).Local.TimeOfDay.Ticks / 10)),
        new("timetz", "", (_, self, _) => new TimeValue(Of(self).Local.TimeOfDay.Ticks / 10, Of(self).Zone)),
        new("timestamp", "", (state, self, _) => Clock.Timestamp(state, Of(self))),
        new("utcoffset", "", (_, self, _) => Of(self).IsAware ? new TimeDeltaValue(Of(self).Offset.Ticks / 10) : null),
        new("dst", "", (_, self, _) => Of(self) is { Zone: { Zone: { } zone } } time
            ? new TimeDeltaValue((time.Offset - zone.BaseUtcOffset).Ticks / 10)
            : null),
        new("tzname", "", (_, self, _) => Of(self) is { Zone: { } zone } time ? zone.NameAt(time.Local, time.Second) : null),
        new("astimezone", "tz?", (state, self, a) => Clock.Aware(Of(self), state.Options.ProcessTimeZone).In(a.Or(0, null) switch
        {
            null => TimeZoneValue.Of(state.Options.ProcessTimeZone),
            TimeZoneValue zone => zone,
            var other => throw Fail.Type($"tz argument must be an instance of tzinfo, not {Types.Name(other)}"),
        })),
        new("utctimetuple", "", (_, self, _) => TimeTuple(Of(self).IsAware ? Of(self).In(TimeZoneValue.Utc) : self)),
    ];

    public static IEnumerable<Method> Time =>
    [
        new("isoformat", "", (_, self, _) => self.ToString()),
        new("strftime", "format", (state, self, a) => StrfTime.Checked(state, Moment(self), a.Text(0))),
        new("replace", "hour? minute? second? microsecond? tzinfo?", (_, self, a) =>
        {
            var micro = ((TimeValue)self).Microseconds;
            return new TimeValue(
                (Part(a, 0, micro / 3_600_000_000, 23) * 3_600_000_000) + (Part(a, 1, micro / 60_000_000 % 60, 59) * 60_000_000) +
                (Part(a, 2, micro / 1_000_000 % 60, 59) * 1_000_000) + Part(a, 3, micro % 1_000_000, 999_999),
                a.Has(4) ? a[4] as TimeZoneValue : ((TimeValue)self).Zone);
        }),
    ];

    public static IEnumerable<Method> Delta =>
    [
        new("total_seconds", "", (_, self, _) => ((TimeDeltaValue)self).Microseconds / 1e6),
    ];

    private static DateTimeValue Of(object self) => (DateTimeValue)self;

    private static DateOnly DayOf(object self) => self is DateValue date ? date.Date : DateOnly.FromDateTime(Of(self).Local);

    private static DateTimeValue Moment(object self) => self switch
    {
        DateTimeValue time => time,
        DateValue date => new(date.Date.ToDateTime(default), null),
        _ => new(new DateTime(1900, 1, 1).AddTicks(((TimeValue)self).Microseconds * 10), null),
    };

    private static NamedTuple TimeTuple(object self)
    {
        var time = Moment(self).Local;
        return new(
            "time.struct_time",
            ["tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"],
            [time.Year, time.Month, time.Day, time.Hour, time.Minute, time.Second, ((int)time.DayOfWeek + 6) % 7, time.DayOfYear,
                -1]);
    }

    private static object Replace(RenderState state, object self, Arguments a)
    {
        var now = Moment(self).Local;
        var year = Part(a, 0, now.Year, 9999, 1);
        var month = Part(a, 1, now.Month, 12, 1);
        var day = Part(a, 2, now.Day, System.DateTime.DaysInMonth((int)year, (int)month), 1);
        if (self is DateValue)
        {
            return new DateValue(new DateOnly((int)year, (int)month, (int)day));
        }

        var ticks = (Part(a, 3, now.Hour, 23) * TimeSpan.TicksPerHour) + (Part(a, 4, now.Minute, 59) * TimeSpan.TicksPerMinute) +
            (Part(a, 5, now.Second, 59) * TimeSpan.TicksPerSecond) + (Part(a, 6, now.Ticks / 10 % 1_000_000, 999_999) * 10);
        var zone = !a.Has(7) ? Of(self).Zone : a[7] is null or TimeZoneValue
            ? (TimeZoneValue?)a[7]
            : throw Fail.Type($"tzinfo argument must be None or of a tzinfo subclass, not type '{Types.Name(a[7])}'");
        return new DateTimeValue(new DateTime((int)year, (int)month, (int)day).AddTicks(ticks), zone, a.Has(9) ? a.Flag(9)
            : Of(self).Second);
    }

    private static long Part(Arguments a, int index, long fallback, long max, long min = 0)
    {
        var value = a.Whole(index, fallback);
        return value >= min && value <= max
            ? value
            : throw Fail.Value($"{value} is out of range: it must be from {min} to {max}");
    }
}

/// <summary>A tuple whose items have names.</summary>
internal sealed class NamedTuple(string type, string[] names, int[] values)
    : TupleValue([.. values.Select(value => Numbers.Box(value))])
{
    public object? Attribute(string name) => Array.IndexOf(names, name) is >= 0 and var at ? this[at] : Missing.Value;

    public string Repr => $"{type}({string.Join(", ", names.Zip(Items, (name, value) => $"{name}={value}"))})";
}
