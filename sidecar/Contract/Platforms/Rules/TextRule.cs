using System.Globalization;
using System.Text;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>A text of bounded length that may have to match a declared pattern.</summary>
internal sealed class TextRule : ValueRule
{
    /// <summary>The longest state that Home Assistant takes (MAX_LENGTH_STATE_STATE).</summary>
    public const int MaxState = 255;

    public int Min { get; init; }

    public int Max { get; init; } = MaxState;

    public FieldRule? MinField { get; init; }

    public FieldRule? MaxField { get; init; }

    public FieldRule? PatternField { get; init; }

    /// <summary>The form of the text; null: any.</summary>
    public TextFormat? Format { get; init; }

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (!TryGetText(value, out var text))
        {
            return false;
        }

        // Home Assistant counts code points, as Python does.
        var length = 0;
        foreach (var unit in text)
        {
            length += (unit & 0xC0) != 0x80 ? 1 : 0;
        }

        if (length < (rules.Number(MinField) ?? Min) || length > Longest(rules)
            || rules.Pattern(PatternField)?.Matches(text) == false
            || Format?.Fits(Encoding.UTF8.GetString(text)) == false)
        {
            return false;
        }

        output.AppendString(text);
        return true;
    }

    public override string Expected(EntityRules rules)
    {
        if (Format is not null)
        {
            return Format.Expected;
        }

        var pattern = rules.Pattern(PatternField) is { } declared ? $" that matches {Bounded.Text(declared.Pattern, 100)}" : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"a text of {rules.Number(MinField) ?? Min} to {Longest(rules)} characters{pattern}");
    }

    private double Longest(EntityRules rules) => Math.Min(rules.Number(MaxField) ?? Max, Max);
}
