using System.Globalization;
using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

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

            if (!item.TryWrite(rules, new RawValue(RawKind.Number, reader.ValueSpan), ref output))
            {
                return false;
            }
        }

        output.Append((byte)']');
        reader.Read();
        return reader.TokenType == JsonTokenType.EndArray;
    }

    public override string Expected(EntityRules rules) =>
        string.Create(CultureInfo.InvariantCulture, $"a list of {items.Length} numbers: {string.Join(", ", items.Select(i => i.Expected(rules)))}");
}
