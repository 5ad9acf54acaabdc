using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Dates, times and timestamps.</summary>
internal static class TimeFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Global, "now", "", (state, _) => state.Now),
        new(Use.Global, "utcnow", "", (state, _) => state.UtcNow),
        new(Use.Both, "today_at", "time_str?", TodayAt),
        new(Use.Filter, "timestamp_custom", "value date_format? local? default?", (state, a) =>
            a.Has(1) && Types.AsText(a[1]) is null ? a.Default("timestamp_custom", 3)
            : Time(a, "timestamp_custom", 3) is DateTimeValue time
                ? StrfTime.Checked(state, a.Flag(2, true) ? time.In(state.Zone) : time, a.Text(1, "%Y-%m-%d %H:%M:%S"))
                : a[3]),
        new(Use.Filter, "timestamp_local", "value default?", (state, a) =>
            Time(a, "timestamp_local", 1) is DateTimeValue time ? time.In(state.Zone).Iso('T') : a[1]),
        new(Use.Filter, "timestamp_utc", "value default?", (_, a) =>
            Time(a, "timestamp_utc", 1) is DateTimeValue time ? time.Iso('T') : a[1]),
        new(Use.Both, "as_timestamp", "value default?", (state, a) =>
            a[0] is DateTimeValue time ? Clock.Timestamp(state, time)
            : Clock.ParseDateTime(Show.Text(a[0])) is { } parsed ? Clock.Timestamp(state, parsed)
            : a.Default("as_timestamp", 1)),
        new(Use.Both, "as_datetime", "value default?", AsDateTime),
        new(Use.Both, "as_local", "value", (state, a) => a[0] switch
        {
            DateTimeValue time => Equals(time.Zone, state.Zone) ? time : Clock.Aware(time, state.Options.TimeZone).In(state.Zone),
            Undefined undefined => throw undefined.Error(),
            _ => throw new TemplateError(TemplateErrorKind.Attribute,
                $"'{Types.Name(a[0])}' object has no attribute 'tzinfo'; use | as_datetime first"),
        }),
        new(Use.Global, "strptime", "string fmt default?", (_, a) =>
            Types.AsText(a[0]) is { } text && Types.AsText(a[1]) is { } format && Read(text, format) is { } time ? time
                : a.Default("strptime", 2)),
    ];

    private static DateTimeValue? Read(string text, string format)
    {
        try
        {
            return StrpTime.Parse(text, format);
        }
        catch (TemplateError error) when (error.Kind == TemplateErrorKind.Value)
        {
            return null;
        }
    }

    /// <summary>The time of a timestamp, or Missing to use the default.</summary>
    private static object Time(Arguments a, string name, int fallback)
    {
        if (!Types.IsNumber(a[0]))
        {
            a.Default(name, fallback);
            return Missing.Value;
        }

        try
        {
            return Clock.FromTimestamp(a[0]!);
        }
        catch (TemplateError error) when (error.Kind == TemplateErrorKind.Value)
        {
            a.Default(name, fallback);
            return Missing.Value;
        }
    }

    private static object? TodayAt(RenderState state, Arguments a)
    {
        var today = state.Now.Local.Date;
        if (!a.Has(0) || !Types.IsTrue(a[0]))
        {
            return new DateTimeValue(today, state.Zone);
        }

        return Clock.ParseTime(a.Shown(0)) is { } micro
            ? new DateTimeValue(today.AddTicks(micro * 10), state.Zone)
            : throw Fail.Value($"could not convert {Types.Name(a[0])} to datetime: '{Show.Brief(a[0])}'; write HH:MM");
    }

    private static object? AsDateTime(RenderState state, Arguments a)
    {
        switch (a[0])
        {
            case DateTimeValue:
                return a[0];
            case DateValue date:
                return new DateTimeValue(date.Date.ToDateTime(default), null);
            case Undefined undefined:
                throw undefined.Error();
        }

        if (Numbers.TryFloat(a[0]) is { } number)
        {
            try
            {
                return Clock.FromTimestamp(number);
            }
            catch (TemplateError error) when (error.Kind == TemplateErrorKind.Value)
            {
                // Out of range as a timestamp; it may be a date, like 20260615.
            }
        }

        return Types.AsText(a[0]) is { } text && Clock.ParseDateTime(text) is { } time ? time
            : a.Has(1) ? a[1]
            : Types.AsText(a[0]) is not null ? null
            : throw Fail.NoDefault("as_datetime", a[0]);
    }
}
