using System.Globalization;

namespace HaNatsBridge.Host.Timing;

/// <summary>
/// Dates as people everywhere read them: year, month, day. The invariant culture writes 11/30/2026, so what formats a date
/// without a format of its own (a log message, a text) must use this one.
/// </summary>
public static class Iso8601
{
    /// <summary>The invariant culture with <c>2026-11-30 10:00:00</c>.</summary>
    public static CultureInfo Culture { get; } = Make();

    /// <summary>Makes it the culture of this process.</summary>
    public static void UseEverywhere() => CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = Culture;

    private static CultureInfo Make()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.DateTimeFormat.ShortDatePattern = culture.DateTimeFormat.LongDatePattern = "yyyy-MM-dd";
        culture.DateTimeFormat.ShortTimePattern = culture.DateTimeFormat.LongTimePattern = "HH:mm:ss";
        return CultureInfo.ReadOnly(culture);
    }
}
