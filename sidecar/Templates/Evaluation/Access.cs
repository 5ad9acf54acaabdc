using HaNatsBridge.Templates.Methods;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Evaluation;

/// <summary>Attributes, items and slices, with Jinja's rules and those of its sandbox.</summary>
internal static class Access
{
    /// <summary><c>owner.name</c>: attribute first, then item.</summary>
    public static object? Attribute(object? owner, string name)
    {
        if (owner is DictValue dict)
        {
            if (!MethodTable.IsDictMethod(name) && dict.TryGet(name, out var item))
            {
                return item;
            }

            return Own(owner, name, out var method) ? method : Undefined.Member(owner, name);
        }

        if (owner is Undefined undefined)
        {
            throw undefined.Error();
        }

        return Own(owner, name, out var value) ? value : Undefined.Member(owner, name);
    }

    /// <summary><c>owner[key]</c>: item first, then attribute.</summary>
    public static object? Item(object? owner, object? key)
    {
        switch (owner)
        {
            case DictValue dict when key is not (ListValue or DictValue or SetValue):
                if (dict.TryGet(key, out var found))
                {
                    return found;
                }

                break;
            case SequenceValue list when key is long or bool:
                var at = Numbers.ToIndex(key);
                at = at < 0 ? at + list.Count : at;
                if (at >= 0 && at < list.Count)
                {
                    return list[(int)at];
                }

                break;
            case string or Markup when key is long or bool:
                return Character(Types.AsText(owner)!, Numbers.ToIndex(key), owner is Markup) ?? Undefined.Member(owner, key);
            case RangeValue range when key is long or bool:
                var index = Numbers.ToIndex(key);
                index = index < 0 ? index + range.Count : index;
                if (index >= 0 && index < range.Count)
                {
                    return range.At(index);
                }

                break;
            case byte[] bytes when key is long or bool:
                var position = Numbers.ToIndex(key);
                position = position < 0 ? position + bytes.Length : position;
                if (position >= 0 && position < bytes.Length)
                {
                    return Numbers.Box(bytes[position]);
                }

                break;
            case Undefined undefined:
                throw undefined.Error();
        }

        return Types.AsText(key) is { } name && Own(owner, name, out var value) ? value : Undefined.Member(owner, key);
    }

    /// <summary>Attributes that are no items.</summary>
    private static bool Own(object? owner, string name, out object? value)
    {
        value = owner switch
        {
            NamespaceValue space => space.Items.TryGet(name, out var item) ? item : Missing.Value,
            LoopValue loop => loop.Attribute(name),
            MacroValue macro => macro.Attribute(name),
            RangeValue range => name switch
            {
                "start" => Numbers.Box(range.Start),
                "stop" => Numbers.Box(range.Stop),
                "step" => Numbers.Box(range.Step),
                _ => Missing.Value,
            },
            null => Missing.Value,
            _ => Attributes.Find(owner, name),
        };
        if (value is not Missing)
        {
            return true;
        }

        if (owner is not null && MethodTable.Find(owner, name) is { } method)
        {
            value = new BoundMethod(owner, method);
            return true;
        }

        if (name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal) && name.Length > 4
            || (owner is not null && MethodTable.IsUnsafe(owner, name)))
        {
            value = Undefined.Unsafe(owner, name);
            return true;
        }

        // Python takes dict.name for dict[name], a dict with types, so dict.from_keys(…) of Zigbee2MQTT makes a dict.
        value = owner;
        return owner is Function { Name: "dict" };
    }

    private static object? Character(string text, long at, bool markup)
    {
        string? found;
        if (Types.IsFlat(text))
        {
            at = at < 0 ? at + text.Length : at;
            found = at >= 0 && at < text.Length ? text.Substring((int)at, 1) : null;
        }
        else
        {
            var points = Types.CodePoints(text);
            at = at < 0 ? at + points.Count : at;
            found = at >= 0 && at < points.Count ? points[(int)at] : null;
        }

        return found is null ? null : markup ? new Markup(found) : found;
    }

    /// <summary><c>owner[start:stop:step]</c>.</summary>
    public static object? Slice(RenderState state, object? owner, object? start, object? stop, object? step)
    {
        switch (owner)
        {
            case ListValue list:
                return new ListValue(Cut(state, list.Items, start, stop, step));
            case TupleValue tuple:
                return new TupleValue(Cut(state, tuple.Items, start, stop, step));
            case string text:
                return Cut(state, text, start, stop, step);
            case Markup markup:
                return new Markup(Cut(state, markup.Text, start, stop, step));
            case byte[] bytes:
                return Cut(state, bytes, start, stop, step);
            case RangeValue range:
                var (from, by, count) = Range((int)range.Count, start, stop, step is null ? 1 : Numbers.ToIndex(step));
                return new RangeValue(
                    range.Start + (from * range.Step), range.Start + ((from + (count * by)) * range.Step), range.Step * by);
            case DictValue:
                throw Fail.Key("a dict has no slices");
            case Undefined undefined:
                throw undefined.Error();
            default:
                throw Fail.Type($"'{Types.Name(owner)}' object is not subscriptable");
        }
    }

    private static string Cut(RenderState state, string text, object? start, object? stop, object? step)
    {
        state.Charge(text.Length);
        if (!Types.IsFlat(text))
        {
            return string.Concat(Cut(state, Types.CodePoints(text).ToArray(), start, stop, step));
        }

        if (step is null)
        {
            var (from, _, count) = Range(text.Length, start, stop, 1);
            return text.Substring(from, count);
        }

        return new string(Cut(state, text.ToCharArray(), start, stop, step));
    }

    private static T[] Cut<T>(RenderState state, T[] items, object? start, object? stop, object? step)
    {
        var (at, by, count) = Range(items.Length, start, stop, step is null ? 1 : Numbers.ToIndex(step));
        state.ChargeItems(count);
        var result = new T[count];
        for (var index = 0; index < count; index++)
        {
            result[index] = items[at + (index * by)];
        }

        return result;
    }

    private static (int Start, int Step, int Count) Range(int length, object? start, object? stop, long step)
    {
        if (step == 0)
        {
            throw Fail.Value("slice step cannot be zero");
        }

        step = Math.Clamp(step, -int.MaxValue, int.MaxValue);
        var (low, high) = step > 0 ? (0L, (long)length) : (-1L, length - 1L);
        var from = start is null ? step > 0 ? low : high : Clamp(start);
        var to = stop is null ? step > 0 ? high : low : Clamp(stop);
        var count = step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step;
        count = Math.Max(0, count);
        return (count == 0 ? 0 : (int)from, (int)step, (int)count);

        long Clamp(object value)
        {
            var index = Numbers.ToIndex(value);
            return Math.Clamp(index < 0 ? index + length : index, low, high);
        }
    }
}
