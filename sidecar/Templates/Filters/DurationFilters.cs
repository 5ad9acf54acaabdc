using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Durations, and the time since or until another.</summary>
internal static class DurationFilters
{
    private static readonly double[] Units = [TimeDeltaValue.Day, 1e6, 1, 1e3, 6e7, 3.6e9, 7.0 * TimeDeltaValue.Day];

    public static IEnumerable<Entry> All =>
    [
        new(Use.Global, "timedelta", "days? seconds? microseconds? milliseconds? minutes? hours? weeks?", Delta),
        new(Use.Both, "as_timedelta", "value", (_, a) => Clock.ParseDuration(a.Text(0))),
        new(Use.Both, "relative_time", "value", (state, a) => Relative(state, a[0], 1, false)),
        new(Use.Both, "time_since", "value precision?", (state, a) => Relative(state, a[0], a.Whole(1, 1), false)),
        new(Use.Both, "time_until", "value precision?", (state, a) => Relative(state, a[0], a.Whole(1, 1), true)),
        new(Use.Both, "timedelta_string", "value precision?", (_, a) => a[0] is TimeDeltaValue delta
            ? Clock.InWords(Math.Abs(delta.Microseconds / 1e6), a.Whole(1, 1))
            : a[0]),
    ];

    private static object? Delta(RenderState state, Arguments a)
    {
        var total = 0.0;
        decimal exact = 0;
        for (var index = 0; index < Units.Length; index++)
        {
            switch (a.Or(index, Numbers.Box(0)))
            {
                case long or bool:
                    var whole = Numbers.ToIndex(a.Or(index, Numbers.Box(0)));
                    exact += Math.Abs(whole) < 1_000_000_000_000_000 ? whole * (decimal)Units[index]
                        : throw Fail.Overflow("the timedelta is too large");
                    break;
                case double real when double.IsFinite(real) && Math.Abs(real) < 1e18:
                    total += real * Units[index];
                    break;
                case Undefined undefined:
                    throw undefined.Error();
                case var other when Types.IsNumber(other):
                    throw Fail.Overflow("the timedelta is too large");
                case var other:
                    throw Fail.Type($"unsupported type for timedelta component: {Types.Name(other)}");
            }
        }

        return Math.Abs(exact) < 9_000_000_000_000_000_000 && Math.Abs(total) < 9e18
            ? new TimeDeltaValue(checked((long)exact + TimeDeltaValue.From(total).Microseconds))
            : throw Fail.Overflow("the timedelta is too large");
    }

    private static object? Relative(RenderState state, object? value, long precision, bool future)
    {
        if (value is not DateTimeValue given)
        {
            return value;
        }

        var time = given.IsAware ? given : Clock.Aware(given, state.Options.TimeZone);
        var seconds = (state.Now.UtcMicroseconds - time.UtcMicroseconds) / 1e6;
        seconds = future ? -seconds : seconds;
        return seconds < 0 ? time : Clock.InWords(seconds, precision);
    }
}
