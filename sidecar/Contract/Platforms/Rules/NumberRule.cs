using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>A finite number within fixed or declared limits. Valid JSON keeps its digits; other spellings become JSON.</summary>
internal sealed class NumberRule : ValueRule
{
    /// <summary>Home Assistant converts units before it calls: 41 °F may arrive as 4.999999999999999 °C.</summary>
    private const double Slack = 1e-9;

    private const int MaxDigits = 255;

    public double? Min { get; init; }

    public double? Max { get; init; }

    /// <summary>The field that declares the lower limit.</summary>
    public FieldRule? MinField { get; init; }

    /// <summary>The field that declares the upper limit.</summary>
    public FieldRule? MaxField { get; init; }

    /// <summary>Whether it is a whole number. A state is rounded, a command must be one.</summary>
    public bool Whole { get; init; }

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (value.Kind != RawKind.Number && (value.Kind != RawKind.Text || value.Strict))
        {
            return false;
        }

        var digits = value.Kind == RawKind.Text ? JsonBytes.Trim(value.Bytes) : value.Bytes;
        if (digits.Length is 0 or > MaxDigits
            || !double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        if (Whole && !value.Strict)
        {
            // The sum with 0 makes 0 of -0.
            number = Math.Round(number, MidpointRounding.AwayFromZero) + 0.0;
        }

        if (!Fits(rules, number))
        {
            return false;
        }

        if (Whole)
        {
            output.AppendNumber(number);
        }
        else if (value.Kind == RawKind.Number || JsonBytes.IsNumber(digits))
        {
            output.Append(digits);
        }
        else
        {
            output.AppendNumber(number);
        }

        return true;
    }

    public override string Expected(EntityRules rules)
    {
        var noun = Whole ? "a whole number" : "a number";
        return (Lower(rules), Upper(rules)) switch
        {
            ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $"{noun} from {min} to {max}"),
            ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $"{noun} of at least {min}"),
            (null, { } max) => string.Create(CultureInfo.InvariantCulture, $"{noun} of at most {max}"),
            _ => noun,
        };
    }

    private double? Lower(EntityRules rules) => rules.Number(MinField) ?? Min;

    private double? Upper(EntityRules rules) => rules.Number(MaxField) ?? Max;

    private bool Fits(EntityRules rules, double number)
    {
        if (!double.IsFinite(number) || (Whole && (number != Math.Truncate(number) || Math.Abs(number) > 9e15)))
        {
            return false;
        }

        var slack = Whole ? 0 : Slack * Math.Max(1, Math.Abs(number));
        return !(number + slack < Lower(rules)) && !(number - slack > Upper(rules));
    }
}

/// <summary>An array of exactly so many numbers, as a colour.</summary>
internal sealed class TupleRule(params NumberRule[] items) : ValueRule
{
    public IReadOnlyList<NumberRule> Items => items;

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (value.Kind != RawKind.Array)
        {
            return false;
        }

        var reader = new Utf8JsonReader(value.Bytes);
        reader.Read();
        output.Append((byte)'[');
        foreach (var item in items)
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number)
            {
                return false;
            }

            if (output.Written[^1] != '[')
            {
                output.Append((byte)',');
            }

            if (!item.TryWrite(rules, new RawValue(RawKind.Number, reader.ValueSpan, value.Strict), ref output))
            {
                return false;
            }
        }

        output.Append((byte)']');
        reader.Read();
        return reader.TokenType == JsonTokenType.EndArray;
    }

    public override string Expected(EntityRules rules) =>
        $"a list of {items.Length} numbers: {string.Join(", ", items.Select(i => i.Expected(rules)))}";
}
