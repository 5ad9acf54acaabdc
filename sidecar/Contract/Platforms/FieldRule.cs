using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms;

/// <summary>One field of a description: its valid values, its normal form, and its compiled value.</summary>
internal sealed class FieldRule
{
    /// <summary>The most items of a list.</summary>
    public const int MaxItems = 1000;

    public required string Name { get; init; }

    public required FieldKind Kind { get; init; }

    public bool Required { get; init; }

    /// <summary>The feature that the presence of the field implies.</summary>
    public string? Implies { get; init; }

    public double Min { get; init; } = double.MinValue;

    public double Max { get; init; } = double.MaxValue;

    /// <summary>Whether 0 and less are wrong.</summary>
    public bool Positive { get; init; }

    public int MaxLength { get; init; } = 255;

    /// <summary>The form of a text; null: any.</summary>
    public TextFormat? Format { get; init; }

    public OptionSet? Words { get; init; }

    /// <summary>Whether a word is understood whatever its case, as in Home Assistant's own schema of the field.</summary>
    public bool AnyCase { get; init; }

    /// <summary>Whether a list must have an item.</summary>
    public bool AtLeastOne { get; init; }

    /// <summary>Whether the order of a list of known words has a meaning. If not, the normal form has Home Assistant's.</summary>
    public bool KeepsOrder { get; init; }

    /// <summary>The members of each object of a list. The first one, a required text, identifies the object.</summary>
    public IReadOnlyList<FieldRule> Members { get; init; } = [];

    /// <summary>
    /// Whether a number stands for its digits, as in Home Assistant's device registry: <c>"sw_version": 2.1</c>.
    /// </summary>
    public bool TakesNumber { get; init; }

    /// <summary>The index of its compiled value.</summary>
    public int Slot { get; init; }

    /// <summary>What a value has to be: <c>expected a whole number from 0 to 10</c>.</summary>
    public string Expected => Kind switch
    {
        FieldKind.Text or FieldKind.Pattern or FieldKind.TextOrNull => $"expected {Format?.Expected ?? "a text"}",
        FieldKind.Flag => "expected true or false",
        FieldKind.Number or FieldKind.Whole => $"expected {Noun}{Limits()}",
        FieldKind.Word => $"expected {Words!.Describe()}",
        FieldKind.Words => $"expected a list of {Fewest} to {MaxItems} texts, each {Words!.Describe()}",
        FieldKind.Texts => $"expected a list of {Fewest} to {MaxItems} texts",
        FieldKind.Objects => $"expected a list of 0 to {MaxItems} objects",
        FieldKind.Ranges => $"expected a list of 1 to {MaxItems} pairs of whole numbers, such as [[433050000, 434790000]]",
        _ => throw new InvalidOperationException($"no rule for {Kind}"),
    };

    private int Fewest => AtLeastOne ? 1 : 0;

    private string Noun => Kind == FieldKind.Whole ? "a whole number" : "a number";

    /// <summary>What a message says when the field is not there, although it must be.</summary>
    public string Missing => $"{Name} is missing; {Expected}";

    /// <summary>
    /// What is wrong with a value; null when it fits. Never called with null, except for <see cref="FieldKind.TextOrNull"/>.
    /// </summary>
    public string? Refuse(JsonElement value) => Kind switch
    {
        FieldKind.Text or FieldKind.Pattern => RefuseText(value),
        FieldKind.TextOrNull => value.ValueKind == JsonValueKind.Null ? null : RefuseText(value),
        FieldKind.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : Expected,
        FieldKind.Number or FieldKind.Whole => RefuseNumber(value),
        FieldKind.Word => RefuseWord(value),
        FieldKind.Words or FieldKind.Texts => RefuseList(value),
        FieldKind.Objects => RefuseObjects(value),
        FieldKind.Ranges => RefuseRanges(value),
        _ => throw new InvalidOperationException($"no rule for {Kind}"),
    };

    /// <summary>Writes a value that fits, in normal form.</summary>
    public void Write(Utf8JsonWriter writer, JsonElement value)
    {
        switch (Kind)
        {
            case FieldKind.Number or FieldKind.Whole:
                value.WriteNumberTo(writer, Name);
                break;
            case FieldKind.Text when value.ValueKind == JsonValueKind.Number:
                writer.WriteString(Name, value.GetRawText());
                break;
            case FieldKind.Words:
                writer.WriteStartArray(Name);
                var given = value.EnumerateArray().Select(v => v.GetString()!).Distinct(StringComparer.Ordinal).ToArray();
                foreach (var word in KeepsOrder ? given : Words!.Words.Where(given.Contains))
                {
                    writer.WriteStringValue(word);
                }

                writer.WriteEndArray();
                break;
            case FieldKind.Objects:
                writer.WriteStartArray(Name);
                foreach (var item in value.EnumerateArray())
                {
                    writer.WriteStartObject();
                    foreach (var member in Members.Where(member => HasValue(item, member)))
                    {
                        member.Write(writer, item.GetProperty(member.Name));
                    }

                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                break;
            default:
                value.WriteTo(writer, Name);
                break;
        }
    }

    /// <summary>The compiled form of a stored value; null when it is not of this kind.</summary>
    public object? Compile(JsonElement value) => Kind switch
    {
        FieldKind.Number or FieldKind.Whole => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null,
        FieldKind.Flag => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null,
        FieldKind.Text or FieldKind.Word => value.ValueKind == JsonValueKind.String ? value.GetString() : null,
        FieldKind.Pattern => value.ValueKind == JsonValueKind.String ? new TextPattern(value.GetString()!) : null,
        FieldKind.Words or FieldKind.Texts => value.ValueKind == JsonValueKind.Array
            ? new OptionSet(value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!))
            : null,
        FieldKind.Objects => value.ValueKind == JsonValueKind.Array
            ? new OptionSet(value.EnumerateArray().Select(v => JsonFields.Text(v, Members[0].Name)).OfType<string>())
            : null,
        _ => null,
    };

    private static bool HasValue(JsonElement item, FieldRule member) =>
        item.TryGetProperty(member.Name, out var value) && value.ValueKind != JsonValueKind.Null;

    private string? RefuseText(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return TakesNumber && value.ValueKind == JsonValueKind.Number && value.GetRawText().Length <= MaxLength
                ? null
                : "expected a text";
        }

        // Home Assistant counts code points, as Python does.
        var text = value.GetString()!;
        return text.EnumerateRunes().Count() > MaxLength ? $"expected a text of at most {MaxLength} characters"
            : Format?.Fits(text) == false ? $"expected {Format.Expected}"
            : null;
    }

    private string? RefuseNumber(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number)
        {
            return $"expected {Noun}";
        }

        var number = value.GetDouble();
        if (Kind == FieldKind.Whole && number != Math.Truncate(number))
        {
            return $"expected {Noun}";
        }

        return number < Min || number > Max || (Positive && number <= 0)
            ? Expected
            : null;
    }

    private string Limits() => Positive ? " above 0" : (Min > double.MinValue, Max < double.MaxValue) switch
    {
        (true, true) => string.Create(CultureInfo.InvariantCulture, $" from {Min} to {Max}"),
        (true, false) => string.Create(CultureInfo.InvariantCulture, $" of at least {Min}"),
        (false, true) => string.Create(CultureInfo.InvariantCulture, $" of at most {Max}"),
        _ => "",
    };

    private string? RefuseWord(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return Expected;
        }

        var word = value.GetString()!;
        return Words!.Contains(word) || (AnyCase && Words.Spell(word) is not null)
            ? null
            : $"{Bounded.Text(word, 64)} is not known{Hint(word)}";
    }

    private string Hint(string word)
    {
        var hint = DidYouMean.Hint(word, Words!.Words);
        return hint.Length > 0 ? hint : $"; expected {Words!.Describe()}";
    }

    private string? RefuseList(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() < Fewest || value.GetArrayLength() > MaxItems)
        {
            return Expected;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in value.EnumerateArray())
        {
            var refused = Words is null ? RefuseText(item) : RefuseWord(item);
            if (refused is not null)
            {
                return refused;
            }

            if (Words is null && !seen.Add(item.GetString()!))
            {
                return $"{Bounded.Text(item.GetString()!, 64)} is there twice";
            }
        }

        return null;
    }

    private string? RefuseRanges(JsonElement value)
    {
        return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() is > 0 and <= MaxItems
            && value.EnumerateArray().All(IsRange) ? null : Expected;

        bool IsRange(JsonElement pair) =>
            pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            && pair.EnumerateArray().All(n => n.ValueKind == JsonValueKind.Number && IsWhole(n.GetDouble()))
            && pair[0].GetDouble() <= pair[1].GetDouble();

        bool IsWhole(double number) => number >= Min && number <= 1e15 && number == Math.Truncate(number);
    }

    private string? RefuseObjects(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxItems
            || value.EnumerateArray().Any(item => item.ValueKind != JsonValueKind.Object))
        {
            return Expected;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in value.EnumerateArray())
        {
            foreach (var member in Members)
            {
                if (!HasValue(item, member))
                {
                    if (member.Required)
                    {
                        return member.Missing;
                    }
                }
                else if (member.Refuse(item.GetProperty(member.Name)) is { } refused)
                {
                    return $"{member.Name}: {refused}";
                }
            }

            var id = item.GetProperty(Members[0].Name).ToString();
            if (!seen.Add(id))
            {
                return $"{Bounded.Text(id, 64)} is there twice";
            }
        }

        return null;
    }
}

/// <summary>What a field of a description holds.</summary>
internal enum FieldKind
{
    /// <summary>Any text of bounded length.</summary>
    Text,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A number within limits.</summary>
    Number,

    /// <summary>A whole number within limits.</summary>
    Whole,

    /// <summary>One of the words that Home Assistant knows.</summary>
    Word,

    /// <summary>A list of such words.</summary>
    Words,

    /// <summary>A list of free texts, none twice.</summary>
    Texts,

    /// <summary>A list of objects with the same members.</summary>
    Objects,

    /// <summary>A list of pairs of whole numbers, the lowest and the highest of a range.</summary>
    Ranges,

    /// <summary>A regular expression.</summary>
    Pattern,

    /// <summary>A text, or null where null is not the same as absent.</summary>
    TextOrNull,
}
