using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using HaNatsBridge.Templates.Json;
using HaNatsBridge.Templates.Time;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Evaluation;

/// <summary>Makes a template's values of a caller's.</summary>
internal static class Input
{
    public static object? Convert(object? value)
    {
        switch (value)
        {
            case null or string or bool or long or double or byte[] or BigInteger:
                return value;
            case SequenceValue or DictValue or SetValue or EllipsisValue:
                return value;
            case int or short or byte or sbyte or ushort or uint:
                return Numbers.Box(System.Convert.ToInt64(value, CultureInfo.InvariantCulture));
            case ulong number:
                return Numbers.Box(new BigInteger(number));
            case float number:
                return (double)number;
            case decimal number:
                return (double)number;
            case JsonElement element:
                return JsonReader.Convert(element);
            case TemplateFunction function:
                return new LambdaValue("function", (state, arguments) => arguments.Named.Length == 0
                    ? Convert(function(arguments.Positional))
                    : throw Fail.Type("this function takes no named arguments"));
            case DateTimeOffset time:
                return new DateTimeValue(time.DateTime, TimeZoneValue.At(time.Offset));
            case DateTime time:
                return new DateTimeValue(
                    DateTime.SpecifyKind(time, DateTimeKind.Unspecified), time.Kind == DateTimeKind.Utc ? TimeZoneValue.Utc
                        : null);
            case TimeSpan span:
                return new TimeDeltaValue(span.Ticks / 10);
            case DateOnly date:
                return new DateValue(date);
            case TimeOnly time:
                return new TimeValue(time.Ticks / TimeSpan.TicksPerMicrosecond);
            case IEnumerable<KeyValuePair<string, object?>> pairs:
                Show.Guard();
                var dict = new DictValue();
                foreach (var (key, item) in pairs)
                {
                    dict.Set(key, Convert(item));
                }

                return dict;
            case IEnumerable items:
                Show.Guard();
                return new ListValue([.. items.Cast<object?>().Select(Convert)]);
            default:
                return value.ToString();
        }
    }
}
