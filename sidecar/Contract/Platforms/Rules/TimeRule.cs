using System.Globalization;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>
/// A time: ISO 8601 with an offset, written as RFC 3339. Without an offset it is wrong, since Home Assistant raises.
/// </summary>
internal sealed class TimeRule : ValueRule
{
    /// <summary>Python's datetime holds microseconds.</summary>
    private const int MaxFraction = 6;

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (value.Kind != RawKind.Text)
        {
            return false;
        }

        var text = value.Word;
        if (text.Length < 17 || !DateRule.IsDate(text[..10])
            || text[10] is not ((byte)'T' or (byte)'t' or (byte)' ') || !IsClock(text[11..16]))
        {
            return false;
        }

        var rest = text[16..];
        scoped var seconds = "00"u8;
        if (rest[0] == ':')
        {
            if (rest.Length < 3 || !DateRule.TryNumber(rest[1..3], 59, out _))
            {
                return false;
            }

            seconds = rest[1..3];
            rest = rest[3..];
        }

        var fraction = Fraction(ref rest);
        Span<byte> offset = stackalloc byte[6];
        if (!TryOffset(rest, offset, out var offsetLength) || fraction.Length == 1)
        {
            return false;
        }

        output.Append((byte)'"');
        output.Append(text[..10]);
        output.Append((byte)'T');
        output.Append(text[11..16]);
        output.Append((byte)':');
        output.Append(seconds);
        output.Append(fraction[..Math.Min(fraction.Length, MaxFraction + 1)]);
        output.Append(offset[..offsetLength]);
        output.Append((byte)'"');
        return true;
    }

    public override string Expected(EntityRules rules) => "a time with offset such as 2026-11-21T10:00:00+01:00";

    private static ReadOnlySpan<byte> Fraction(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] is not ((byte)'.' or (byte)','))
        {
            return default;
        }

        var end = 1;
        while (end < rest.Length && char.IsAsciiDigit((char)rest[end]))
        {
            end++;
        }

        // A comma is ISO 8601, not RFC 3339: take only the point.
        var fraction = rest[0] == '.' ? rest[..end] : rest[..1];
        rest = rest[end..];
        return fraction;
    }

    /// <summary>Whether the text is <c>HH:MM</c>.</summary>
    public static bool IsClock(ReadOnlySpan<byte> text) =>
        text[2] == ':' && DateRule.TryNumber(text[..2], 23, out _) && DateRule.TryNumber(text[3..], 59, out _);

    private static bool TryOffset(ReadOnlySpan<byte> text, Span<byte> offset, out int length)
    {
        length = 1;
        if (text.Length == 1 && text[0] is (byte)'Z' or (byte)'z')
        {
            offset[0] = (byte)'Z';
            return true;
        }

        length = 6;
        if (text.Length is not (3 or 5 or 6) || text[0] is not ((byte)'+' or (byte)'-') || (text.Length == 6 && text[3] != ':'))
        {
            return false;
        }

        var minutes = text.Length == 3 ? "00"u8 : text[^2..];
        offset[3] = (byte)':';
        text[..3].CopyTo(offset);
        minutes.CopyTo(offset[4..]);
        return DateRule.TryNumber(text[1..3], 23, out _) && DateRule.TryNumber(minutes, 59, out _);
    }
}

/// <summary>A day, <c>YYYY-MM-DD</c>.</summary>
internal sealed class DateRule : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        var text = value.Word;
        if (value.Kind != RawKind.Text || !IsDate(text))
        {
            return false;
        }

        output.AppendString(text);
        return true;
    }

    public override string Expected(EntityRules rules) => "a date such as 2026-11-21";

    /// <summary>
    /// Whether the text is a day that exists, a day off the ends of the calendar, so that every offset can be applied to it.
    /// </summary>
    public static bool IsDate(ReadOnlySpan<byte> text) =>
        text.Length == 10 && text[4] == '-' && text[7] == '-'
        && TryNumber(text[..4], 9998, out var year) && year >= 2
        && TryNumber(text[5..7], 12, out var month) && month >= 1
        && TryNumber(text[8..], 31, out var day) && day >= 1 && day <= DateTime.DaysInMonth(year, month);

    /// <summary>Reads digits alone.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> digits, int max, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            number = (number * 10) + (digit - '0');
        }

        return number <= max;
    }
}

/// <summary>A time of day, <c>HH:MM:SS</c> or <c>HH:MM</c>, written with its seconds.</summary>
internal sealed class TimeOfDayRule : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        var text = value.Word;
        if (value.Kind != RawKind.Text || text.Length is not (5 or 8) || !TimeRule.IsClock(text[..5])
            || (text.Length == 8 && (text[5] != ':' || !DateRule.TryNumber(text[6..], 59, out _))))
        {
            return false;
        }

        output.Append((byte)'"');
        output.Append(text);
        output.Append(text.Length == 5 ? ":00\""u8 : "\""u8);
        return true;
    }

    public override string Expected(EntityRules rules) => "a time of day such as 06:30:00";
}

/// <summary>A sensor's <c>last_reset</c>: Home Assistant raises unless the state class is total.</summary>
internal sealed class LastResetRule(FieldRule stateClass, TimeRule time) : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output) =>
        rules.Text(stateClass) == "total" && time.TryWrite(rules, value, ref output);

    public override string Expected(EntityRules rules) =>
        rules.Text(stateClass) == "total" ? time.Expected(rules) : "nothing unless state_class is total";
}
