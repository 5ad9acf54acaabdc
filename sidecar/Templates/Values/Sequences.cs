using System.Collections;

namespace HaNatsBridge.Templates.Values;

/// <summary>A list or tuple. Templates cannot change it.</summary>
public abstract class SequenceValue : IReadOnlyList<object?>
{
    private readonly object?[] _items;

    private protected SequenceValue(object?[] items) => _items = items;

    /// <summary>The number of items.</summary>
    public int Count => _items.Length;

    internal object?[] Items => _items;

    /// <summary>The item at a position from 0.</summary>
    public object? this[int index] => _items[index];

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The text from which a native value was parsed; it prints as that.</summary>
    internal string? Rendered { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Show.Text(this);
}

/// <summary>A list.</summary>
public sealed class ListValue(params object?[] items) : SequenceValue(items);

/// <summary>A tuple.</summary>
public class TupleValue(params object?[] items) : SequenceValue(items);

/// <summary>A list of integers that is not stored.</summary>
internal sealed class RangeValue(long start, long stop, long step) : IEnumerable<object?>
{
    public long Start => start;

    public long Stop => stop;

    public long Step => step;

    public long Count => step > 0
        ? start >= stop ? 0 : (long)(((Int128)stop - start + step - 1) / step)
        : start <= stop ? 0 : (long)(((Int128)start - stop - step - 1) / -step);

    public object At(long index) => Numbers.Box(start + (index * step));

    public bool Contains(object? value) =>
        Numbers.TryWhole(value, out var number) && number is long n
            && (step > 0 ? n >= start && n < stop : n <= start && n > stop) &&
        ((Int128)n - start) % step == 0;

    public IEnumerator<object?> GetEnumerator()
    {
        for (long index = 0, count = Count; index < count; index++)
        {
            yield return At(index);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>What <c>map</c>, <c>select</c> and the like return: it can be read once.</summary>
internal sealed class GeneratorValue(string name, IEnumerable<object?> items) : IEnumerable<object?>
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    public string Name => name;

    public IEnumerator<object?> GetEnumerator()
    {
        while (_items.MoveNext())
        {
            yield return _items.Current;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>What <c>.keys()</c>, <c>.values()</c> and <c>.items()</c> of a dict return.</summary>
internal sealed class ViewValue(DictValue dict, ViewKind kind) : IEnumerable<object?>
{
    public ViewKind Kind => kind;

    public DictValue Dict => dict;

    public int Count => dict.Count;

    public object? At(int index) => kind switch
    {
        ViewKind.Keys => dict.KeyAt(index),
        ViewKind.Values => dict.ValueAt(index),
        _ => new TupleValue(dict.KeyAt(index), dict.ValueAt(index)),
    };

    public IEnumerator<object?> GetEnumerator()
    {
        for (var index = 0; index < dict.Count; index++)
        {
            yield return At(index);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

internal enum ViewKind
{
    Keys,
    Values,
    Items,
}
