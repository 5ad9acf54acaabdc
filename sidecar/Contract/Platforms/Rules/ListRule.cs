using System.Text.Json;
using HaNatsBridge.Contract.Json;

namespace HaNatsBridge.Contract.Platforms.Rules;

/// <summary>A list of values of one kind.</summary>
internal sealed class ListRule(ValueRule item) : ValueRule
{
    public ValueRule Item => item;

    /// <summary>The fewest items: 1, or 0 where an empty list has a meaning.</summary>
    public int Min { get; init; } = 1;

    public int Max { get; init; } = FieldRule.MaxItems;

    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        if (value.Kind != RawKind.Array)
        {
            return false;
        }

        var unescaped = new byte[value.Bytes.Length];
        var reader = new Utf8JsonReader(value.Bytes);
        var count = 0;
        reader.Read();
        output.Append((byte)'[');
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count > 0)
            {
                output.Append((byte)',');
            }

            if (++count > Max
                || !item.TryWrite(rules, RawValue.Read(ref reader, value.Bytes, unescaped, value.Strict), ref output))
            {
                return false;
            }
        }

        output.Append((byte)']');
        return count >= Min;
    }

    public override string Expected(EntityRules rules) =>
        $"a list of {Min} to {Max} items, each {item.Expected(rules)}";
}

/// <summary>An object or a list of any content, such as the parameters of a device's own command.</summary>
internal sealed class StructureRule : ValueRule
{
    public override bool TryWrite(EntityRules rules, scoped RawValue value, ref Scratch output)
    {
        output.Append(value.Bytes);
        return value.Kind is RawKind.Object or RawKind.Array;
    }

    public override string Expected(EntityRules rules) => "an object or a list";
}
