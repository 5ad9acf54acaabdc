using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Evaluation;

/// <summary>The comparison operators.</summary>
internal static class Comparison
{
    public static bool Holds(RenderState state, string sign, object? left, object? right) => sign switch
    {
        "==" => Equality.Same(left, right),
        "!=" => !Equality.Same(left, right),
        "in" => Contains(state, right, left),
        "not in" => !Contains(state, right, left),
        "<" => Equality.Compare(left, right, sign) == -1,
        "<=" => Equality.Compare(left, right, sign) is -1 or 0,
        ">" => Equality.Compare(left, right, sign) == 1,
        _ => Equality.Compare(left, right, sign) is 1 or 0,
    };

    public static bool Contains(RenderState state, object? container, object? item)
    {
        switch (container)
        {
            case DictValue dict:
                return dict.Contains(item);
            case SetValue set:
                return set.Contains(item);
            case string or Markup:
                state.Steps(Types.AsText(container)!.Length / 64);
                return Types.AsText(container)!.Contains(
                    Types.AsText(item)
                        ?? throw Fail.Type($"'in <string>' requires string as left operand, not {Types.Name(item)}"),
                    StringComparison.Ordinal);
            case RangeValue range:
                return range.Contains(item);
            case ViewValue { Kind: ViewKind.Keys } keys:
                return keys.Dict.Contains(item);
            case Undefined:
                return false;
            case byte[] bytes when item is byte[] part:
                return bytes.AsSpan().IndexOf(part) >= 0;
            case byte[] when item is not (long or bool):
                throw Fail.Type($"a bytes-like object is required, not '{Types.Name(item)}'");
            case byte[] when Numbers.ToIndex(item) is < 0 or > 255:
                throw Fail.Value("byte must be in range(0, 256)");
            default:
                if (!Types.IsIterable(container))
                {
                    throw Fail.Type($"argument of type '{Types.Name(container)}' is not a container or iterable");
                }

                foreach (var other in state.Items(container))
                {
                    if (Equality.SameOrIdentical(other, item))
                    {
                        return true;
                    }
                }

                return false;
        }
    }
}
