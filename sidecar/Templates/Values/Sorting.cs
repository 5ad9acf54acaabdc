using HaNatsBridge.Templates.Evaluation;

namespace HaNatsBridge.Templates.Values;

/// <summary>Python's sort: stable, and only with &lt;.</summary>
internal static class Sorting
{
    public static T[] Sort<T>(RenderState state, T[] items, Func<T, object?> key, bool reverse)
    {
        state.ChargeItems(items.Length, 3);
        var keyed = new (T Item, object? Key)[items.Length];
        for (var index = 0; index < items.Length; index++)
        {
            keyed[index] = (items[index], key(items[index]));
        }

        // Python keeps the order of equal items also when it sorts downwards.
        if (reverse)
        {
            Array.Reverse(keyed);
        }

        Merge(state, keyed, new (T, object?)[items.Length], 0, items.Length);
        if (reverse)
        {
            Array.Reverse(keyed);
        }

        return Array.ConvertAll(keyed, pair => pair.Item);
    }

    private static void Merge<T>(RenderState state, (T Item, object? Key)[] items, (T Item, object? Key)[] other, int from,
        int to)
    {
        if (to - from < 2)
        {
            return;
        }

        var middle = (from + to) / 2;
        Merge(state, items, other, from, middle);
        Merge(state, items, other, middle, to);
        var (left, right) = (from, middle);
        for (var at = from; at < to; at++)
        {
            state.Step();
            // The right one only if it is smaller: that keeps the order of equal ones.
            var takeRight = left >= middle || (right < to && Equality.Compare(items[right].Key, items[left].Key, "<") == -1);
            other[at] = takeRight ? items[right++] : items[left++];
        }

        Array.Copy(other, from, items, from, to - from);
    }
}
