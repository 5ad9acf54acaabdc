using System.Globalization;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>Dates and times in payloads: ISO 8601, and what people write (<c>30 Nov 2026 10:15</c>, month before day).</summary>
internal static class Moments
{
    private static readonly string[] Compact =
        ["yyyyMMdd", "yyyyMMdd'T'HHmm", "yyyyMMdd'T'HHmmss", "yyyyMMddHHmm", "yyyyMMddHHmmss", "HHmmss"];

    private static readonly string[] Times = ["H:mm", "H:mm:ss", "H:mm:ss.FFFFFFF", "h:mm tt", "h:mm:ss tt"];

    /// <summary>
    /// Reads a date, a time or both. What is missing is taken from today. The offset is null where the text has none.
    /// </summary>
    public static bool TryParse(string text, TimeProvider clock, out DateTime time, out TimeSpan? offset)
    {
        offset = null;
        if (TimeOnly.TryParseExact(text, Times, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var only))
        {
            time = clock.GetLocalNow().Date + only.ToTimeSpan();
            return true;
        }

        if (DateTime.TryParseExact(text, Compact, CultureInfo.InvariantCulture, DateTimeStyles.None, out time))
        {
            return true;
        }

        // Unspecified: the text has no offset.
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out time))
        {
            return false;
        }

        if (time.Kind != DateTimeKind.Unspecified
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var exact))
        {
            (time, offset) = (exact.DateTime, exact.Offset);
        }

        return true;
    }

    /// <summary>The fraction of a second as Python writes it: none, or six digits.</summary>
    public static string FractionOf(long ticks)
    {
        var micros = ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond;
        return micros == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".{micros:D6}");
    }
}
