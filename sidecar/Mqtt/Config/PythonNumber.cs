using System.Globalization;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>Numbers in payloads, as Home Assistant reads and scales them.</summary>
internal static class PythonNumber
{
    /// <summary>
    /// Reads a number, with white space around it and underscores between its digits allowed; not nan, not infinity.
    /// </summary>
    public static bool TryParse(string text, out double number) =>
        double.TryParse(Plain(text), NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    /// <summary>Reads a whole number; <c>12.0</c> is none.</summary>
    public static bool TryParse(string text, out int number) =>
        int.TryParse(
            Plain(text), NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture, out number);

    /// <summary>Rounds to a whole number, halves to the even one.</summary>
    public static int Round(double number) => (int)Math.Clamp(Math.Round(number), int.MinValue, int.MaxValue);

    /// <summary>
    /// The percentage of a value between the value that is nothing and the value that is all of it; the second may be the smaller
    /// one. Fractions are rounded down.
    /// </summary>
    public static int ToPercentage(double value, int nothing, int all) =>
        (int)Math.Clamp(Math.Floor((value - nothing) * 100 / Span(nothing, all)), int.MinValue, int.MaxValue);

    /// <summary>The value of a percentage between the value that is nothing and the value that is all of it.</summary>
    public static double FromPercentage(double percentage, int nothing, int all) =>
        (percentage * (all - nothing) / 100) + nothing;

    /// <summary>A range of one value is taken as one of two: nothing can be divided by it.</summary>
    private static int Span(int nothing, int all) => all == nothing ? 1 : all - nothing;

    private static string Plain(string text) =>
        text.Contains('_', StringComparison.Ordinal) && !text.Contains("__", StringComparison.Ordinal)
            ? text.Replace("_", "", StringComparison.Ordinal)
            : text;
}
