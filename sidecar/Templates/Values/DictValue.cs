using System.Collections;

namespace HaNatsBridge.Templates.Values;

/// <summary>A dict: keys in the order in which they were added, of any type that has a hash.</summary>
public sealed class DictValue : IReadOnlyCollection<KeyValuePair<object?, object?>>
{
    private const int Indexed = 9;

    private object?[] _keys;
    private object?[] _values;
    private Dictionary<object, int>? _index;

    /// <summary>An empty dict.</summary>
    public DictValue()
        : this(4)
    {
    }

    internal DictValue(int capacity)
    {
        _keys = new object?[capacity];
        _values = new object?[capacity];
    }

    /// <summary>The number of keys.</summary>
    public int Count { get; private set; }

    /// <summary>The text from which a native value was parsed; it prints as that.</summary>
    internal string? Rendered { get; init; }

    /// <summary>Finds the value of a key.</summary>
    public bool TryGet(object? key, out object? value)
    {
        var at = key is string text ? Find(text) : Find(key);
        value = at < 0 ? null : _values[at];
        return at >= 0;
    }

    /// <summary>Whether the key is there.</summary>
    public bool Contains(object? key) => Find(key) >= 0;

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<object?, object?>> GetEnumerator()
    {
        for (var index = 0; index < Count; index++)
        {
            yield return new(_keys[index], _values[index]);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => Show.Text(this);

    internal object? KeyAt(int index) => _keys[index];

    internal object? ValueAt(int index) => _values[index];

    /// <summary>Adds a key or replaces its value. Only for the code that makes a dict.</summary>
    internal void Set(object? key, object? value)
    {
        var at = Find(key);
        if (at >= 0)
        {
            _values[at] = value;
            return;
        }

        if (Count == _keys.Length)
        {
            Array.Resize(ref _keys, Math.Max(4, Count * 2));
            Array.Resize(ref _values, Math.Max(4, Count * 2));
        }

        _keys[Count] = key;
        _values[Count] = value;
        Count++;
        if (_index is not null)
        {
            _index.Add(key ?? DBNull.Value, Count - 1);
        }
        else if (Count >= Indexed)
        {
            _index = new(Count * 2, KeyComparer.Instance);
            for (var index = 0; index < Count; index++)
            {
                _index.Add(_keys[index] ?? DBNull.Value, index);
            }
        }
    }

    internal DictValue Copy()
    {
        var copy = new DictValue(Count);
        for (var index = 0; index < Count; index++)
        {
            copy.Set(_keys[index], _values[index]);
        }

        return copy;
    }

    private int Find(string key)
    {
        if (_index is not null)
        {
            return _index.TryGetValue(key, out var at) ? at : -1;
        }

        for (var index = 0; index < Count; index++)
        {
            var other = _keys[index];
            if (other is string text ? text == key : other is Markup markup && markup.Text == key)
            {
                return index;
            }
        }

        return -1;
    }

    private int Find(object? key)
    {
        if (key is string text)
        {
            return Find(text);
        }

        // Also where it is not needed, so that a key without a hash fails in a small dict as in a large one.
        KeyComparer.Instance.GetHashCode(key ?? DBNull.Value);
        if (_index is not null)
        {
            return _index.TryGetValue(key ?? DBNull.Value, out var at) ? at : -1;
        }

        for (var index = 0; index < Count; index++)
        {
            if (Equality.Same(_keys[index], key))
            {
                return index;
            }
        }

        return -1;
    }
}

/// <summary>A set; it keeps the order in which items were added.</summary>
public sealed class SetValue : IReadOnlyCollection<object?>
{
    private readonly DictValue _items = new();

    /// <summary>The number of items.</summary>
    public int Count => _items.Count;

    internal string? Rendered { get; init; }

    /// <summary>Whether the item is there.</summary>
    public bool Contains(object? item) => _items.Contains(item);

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator()
    {
        for (var index = 0; index < _items.Count; index++)
        {
            yield return _items.KeyAt(index);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => Show.Text(this);

    internal bool Add(object? item)
    {
        var before = _items.Count;
        _items.Set(item, null);
        return _items.Count > before;
    }
}

/// <summary>Text that is safe in HTML: what is added to it is escaped.</summary>
internal sealed record Markup(string Text)
{
    public override string ToString() => Text;

    public static string Escape(string text) =>
        text.AsSpan().IndexOfAny("&<>'\"") < 0
            ? text
            : text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)
                .Replace(">", "&gt;", StringComparison.Ordinal).Replace("'", "&#39;", StringComparison.Ordinal)
                .Replace("\"", "&#34;", StringComparison.Ordinal);

    public static string Escape(object? value) => value is Markup markup ? markup.Text : Escape(Show.Text(value));
}

/// <summary>Python's <c>...</c>; only as a native value.</summary>
public sealed class EllipsisValue
{
    private EllipsisValue()
    {
    }

    /// <summary>The only one.</summary>
    public static EllipsisValue Instance { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => "Ellipsis";
}
