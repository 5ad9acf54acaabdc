using System.Numerics;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Time;

/// <summary>The operators of times; null where the operands are none.</summary>
internal static class TimeArithmetic
{
    public static object? Add(object? left, object? right) => (left, right) switch
    {
        (TimeDeltaValue a, TimeDeltaValue b) => new TimeDeltaValue(a.Microseconds + b.Microseconds),
        (DateTimeValue time, TimeDeltaValue delta) => Shift(time, delta.Microseconds),
        (TimeDeltaValue delta, DateTimeValue time) => Shift(time, delta.Microseconds),
        (DateValue date, TimeDeltaValue delta) => Shift(date, delta.Days),
        (TimeDeltaValue delta, DateValue date) => Shift(date, delta.Days),
        _ => null,
    };

    public static object? Subtract(object? left, object? right) => (left, right) switch
    {
        (TimeDeltaValue a, TimeDeltaValue b) => new TimeDeltaValue(a.Microseconds - b.Microseconds),
        (DateTimeValue time, TimeDeltaValue delta) => Shift(time, -delta.Microseconds),
        (DateValue date, TimeDeltaValue delta) => Shift(date, -delta.Days),
        (DateValue a, DateValue b) => new TimeDeltaValue((a.Date.DayNumber - b.Date.DayNumber) * TimeDeltaValue.Day),
        (DateTimeValue a, DateTimeValue b) when a.IsAware == b.IsAware => Equals(a.Zone, b.Zone)
            ? new TimeDeltaValue((a.Local.Ticks - b.Local.Ticks) / 10)
            : new TimeDeltaValue(a.UtcMicroseconds - b.UtcMicroseconds),
        (DateTimeValue, DateTimeValue) => throw Fail.Type("can't subtract offset-naive and offset-aware datetimes"),
        _ => null,
    };

    public static object? Multiply(object? left, object? right) => (left, right) switch
    {
        (TimeDeltaValue delta, long or bool or double) => TimeDeltaValue.From(delta.Microseconds * Numbers.ToDouble(right)),
        (long or bool or double, TimeDeltaValue delta) => TimeDeltaValue.From(delta.Microseconds * Numbers.ToDouble(left)),
        _ => null,
    };

    public static object? Divide(object? left, object? right) => (left, right) switch
    {
        (TimeDeltaValue, TimeDeltaValue { Microseconds: 0 } or 0L or 0.0 or false) => throw Fail.ZeroDivision(),
        (TimeDeltaValue a, TimeDeltaValue b) => (double)a.Microseconds / b.Microseconds,
        (TimeDeltaValue a, long or bool or double) => TimeDeltaValue.From(a.Microseconds / Numbers.ToDouble(right)),
        _ => null,
    };

    public static object? FloorDivide(object? left, object? right) => (left, right) switch
    {
        (TimeDeltaValue, TimeDeltaValue { Microseconds: 0 } or 0L or false) => throw Fail.ZeroDivision(),
        (TimeDeltaValue a, TimeDeltaValue b) => Operators.FloorDivide(a.Microseconds, b.Microseconds),
        (TimeDeltaValue a, long or bool) =>
            new TimeDeltaValue((long)Operators.FloorDivide(a.Microseconds, Numbers.ToIndex(right))!),
        _ => null,
    };

    public static object? Modulo(object? left, object? right) => (left, right) switch
    {
        (TimeDeltaValue, TimeDeltaValue { Microseconds: 0 }) => throw Fail.ZeroDivision(),
        (TimeDeltaValue a, TimeDeltaValue b) =>
            new TimeDeltaValue((long)(((BigInteger)a.Microseconds % b.Microseconds + b.Microseconds) % b.Microseconds)),
        _ => null,
    };

    private static DateTimeValue Shift(DateTimeValue time, long microseconds) =>
        new(DateTimeValue.Add(time.Local, microseconds), time.Zone);

    private static DateValue Shift(DateValue date, long days)
    {
        var day = date.Date.DayNumber + days;
        return day >= 0 && day <= DateOnly.MaxValue.DayNumber
            ? new DateValue(DateOnly.FromDayNumber((int)day))
            : throw Fail.Overflow("date value out of range");
    }
}
