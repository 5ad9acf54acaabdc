using System.Text;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>
/// One of the words that the platform knows, or that the description declares in a field. Home Assistant's own words are
/// understood whatever their case, a user's own options only as declared.
/// </summary>
internal sealed class WordRule : ValueRule
{
    /// <summary>The platform's own words; null: those of <see cref="Field"/>.</summary>
    public OptionSet? Words { get; init; }

    /// <summary>The field whose words these are.</summary>
    public FieldRule? Field { get; init; }

    /// <summary>Words that are always valid, beside the declared ones.</summary>
    public OptionSet? Always { get; init; }

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (!TryGetText(value, out var text))
        {
            return false;
        }

        var known = Known(rules);
        if (!IsKnown(known, text))
        {
            // An option may begin or end with a space, so the unchanged word is tried first.
            text = value.Word;
            if (!IsKnown(known, text) && (value.Strict || !TrySpell(known, ref text)))
            {
                return false;
            }
        }

        output.AppendString(text);
        return true;
    }

    public override string Expected(EntityRules rules) => (Known(rules), Always) switch
    {
        ({ } known, null) => known.Describe(),
        ({ } known, { } always) => new OptionSet(known.Words.Union(always.Words, StringComparer.Ordinal)).Describe(),
        (null, { } always) => $"{always.Describe()}, since the description declares no {Field?.Name}",
        _ => $"nothing, since the description declares no {Field?.Name}",
    };

    protected override string Refusal(EntityRules rules, RawValue value)
    {
        var hint = value.Kind == RawKind.Text && value.Bytes.Length <= 256 && Known(rules) is { } known
            ? DidYouMean.Hint(Encoding.UTF8.GetString(value.Bytes), known.Words)
            : "";
        return base.Refusal(rules, value) + hint;
    }

    private bool TrySpell(OptionSet? known, ref ReadOnlySpan<byte> word)
    {
        var isOwn = Words is not null || Field is { Kind: FieldKind.Words };
        var spelled = (isOwn ? known?.Spell(word) : null) ?? Always?.Spell(word);
        word = spelled;
        return spelled is not null;
    }

    private OptionSet? Known(EntityRules rules) => Words ?? rules.Options(Field);

    private bool IsKnown(OptionSet? known, ReadOnlySpan<byte> text) =>
        known?.Contains(text) == true || Always?.Contains(text) == true;
}

/// <summary><c>"on"</c> or <c>"off"</c>, also given as true or false, whatever their case.</summary>
internal sealed class OnOffRule : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (!TryRead(value, out var on))
        {
            return false;
        }

        output.Append(on ? "\"on\""u8 : "\"off\""u8);
        return true;
    }

    public override string Expected(EntityRules rules) => "on, off, true or false";

    /// <summary>Reads true, false, on and off, the words whatever their case.</summary>
    public static bool TryRead(RawValue value, out bool on)
    {
        on = value.Kind == RawKind.True || IsWord(value, "on"u8, "true"u8);
        return on || value.Kind == RawKind.False || IsWord(value, "off"u8, "false"u8);
    }

    private static bool IsWord(RawValue value, ReadOnlySpan<byte> word, ReadOnlySpan<byte> truth) =>
        value.Kind == RawKind.Text
        && (Ascii.EqualsIgnoreCase(value.Word, word) || Ascii.EqualsIgnoreCase(value.Word, truth));
}

/// <summary>true or false, in a state also given as on or off.</summary>
internal sealed class BooleanRule : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if ((value.Strict && value.Kind == RawKind.Text) || !OnOffRule.TryRead(value, out var on))
        {
            return false;
        }

        output.Append(on ? "true"u8 : "false"u8);
        return true;
    }

    public override string Expected(EntityRules rules) => "true or false";
}
