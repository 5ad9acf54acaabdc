using System.Numerics;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Methods;

/// <summary>The attributes of values that are no methods; <see cref="Missing"/> if there is none.</summary>
internal static class Attributes
{
    public static object? Find(object owner, string name) => owner switch
    {
        DateTimeValue time => name switch
        {
            "year" => Numbers.Box(time.Local.Year),
            "month" => Numbers.Box(time.Local.Month),
            "day" => Numbers.Box(time.Local.Day),
            "hour" => Numbers.Box(time.Local.Hour),
            "minute" => Numbers.Box(time.Local.Minute),
            "second" => Numbers.Box(time.Local.Second),
            "microsecond" => Numbers.Box(time.Local.Ticks / 10 % 1_000_000),
            "tzinfo" => time.Zone,
            "fold" => Numbers.Box(time.Second ? 1 : 0),
            _ => Missing.Value,
        },
        DateValue date => name switch
        {
            "year" => Numbers.Box(date.Date.Year),
            "month" => Numbers.Box(date.Date.Month),
            "day" => Numbers.Box(date.Date.Day),
            _ => Missing.Value,
        },
        TimeValue time => name switch
        {
            "hour" => Numbers.Box(time.Microseconds / 3_600_000_000),
            "minute" => Numbers.Box(time.Microseconds / 60_000_000 % 60),
            "second" => Numbers.Box(time.Microseconds / 1_000_000 % 60),
            "microsecond" => Numbers.Box(time.Microseconds % 1_000_000),
            "tzinfo" => time.Zone,
            _ => Missing.Value,
        },
        TimeDeltaValue delta => name switch
        {
            "days" => Numbers.Box(delta.Days),
            "seconds" => Numbers.Box(delta.Rest / 1_000_000),
            "microseconds" => Numbers.Box(delta.Rest % 1_000_000),
            _ => Missing.Value,
        },
        TimeZoneValue zone when name == "key" => zone.ToString(),
        VersionValue version => version.Attribute(name),
        NamedTuple tuple => tuple.Attribute(name),
        Filters.GroupValue group => name switch
        {
            "grouper" => group[0],
            "list" => group[1],
            _ => Missing.Value,
        },
        CyclerValue cycler when name == "current" => cycler.Current,
        long or bool or BigInteger => name switch
        {
            "real" or "numerator" => Operators.Plus(owner),
            "imag" => Numbers.Box(0),
            "denominator" => Numbers.Box(1),
            _ => Missing.Value,
        },
        double => name switch
        {
            "real" => owner,
            "imag" => 0.0,
            _ => Missing.Value,
        },
        _ => Missing.Value,
    };
}
