using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

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

    /// <summary>Whether the text is a day that exists, a day off the ends of the calendar, so that every offset can be applied to it.</summary>
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
