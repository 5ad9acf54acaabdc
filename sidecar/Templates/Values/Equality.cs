using System.Numerics;
using HaNatsBridge.Templates.Time;

namespace HaNatsBridge.Templates.Values;

/// <summary>Python's ==, hash() and &lt;.</summary>
internal static class Equality
{
    public static bool Same(object? left, object? right)
    {
        if (ReferenceEquals(left, right))
        {
            return left is not double real || !double.IsNaN(real);
        }

        switch (left, right)
        {
            case (string a, string b):
                return a == b;
            case (long a, long b):
                return a == b;
            case (double or long or bool or BigInteger, double or long or bool or BigInteger):
                return CompareNumbers(left, right) == 0;
            case (string or Markup, string or Markup):
                return Types.AsText(left) == Types.AsText(right);
            case (ListValue a, ListValue b):
                return SameItems(a.Items, b.Items);
            case (TupleValue a, TupleValue b):
                return SameItems(a.Items, b.Items);
            case (DictValue a, DictValue b):
                return SameDicts(a, b);
            case (SetValue a, SetValue b):
                return a.Count == b.Count && a.All(b.Contains);
            case (ViewValue { Kind: not ViewKind.Values } a, ViewValue { Kind: not ViewKind.Values } b):
                return a.Kind == b.Kind && (a.Kind == ViewKind.Keys
                    ? a.Count == b.Count && a.All(b.Dict.Contains)
                    : SameDicts(a.Dict, b.Dict));
            case (byte[] a, byte[] b):
                return a.AsSpan().SequenceEqual(b);
            case (Undefined, Undefined):
                return true;
            case (RangeValue a, RangeValue b):
                return a.Count == b.Count && (a.Count == 0 || (a.Start == b.Start && (a.Count == 1 || a.Step == b.Step)));
            case (DateTimeValue a, DateTimeValue b):
                return a.IsAware == b.IsAware && a.CompareTo(b) == 0;
            case (VersionValue, VersionValue or string or long or double) or (string or long or double, VersionValue):
                return VersionValue.Same(left, right);
            default:
                return left is not null && right is not null && left.GetType() == right.GetType() && left.Equals(right);
        }
    }

    private static bool SameItems(object?[] left, object?[] right)
    {
        Show.Guard();
        if (left.Length != right.Length)
        {
            return false;
        }

        for (var index = 0; index < left.Length; index++)
        {
            if (!SameOrIdentical(left[index], right[index]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As the members of a container are compared: identical values are equal, also nan.</summary>
    public static bool SameOrIdentical(object? left, object? right) => ReferenceEquals(left, right) || Same(left, right);

    private static bool SameDicts(DictValue left, DictValue right)
    {
        Show.Guard();
        if (left.Count != right.Count)
        {
            return false;
        }

        foreach (var (key, value) in left)
        {
            if (!right.TryGet(key, out var other) || !SameOrIdentical(value, other))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Compares numbers exactly; 2 if one of them is nan.</summary>
    public static int CompareNumbers(object left, object right)
    {
        if (left is double or long && right is double or long)
        {
            if (left is long a && right is long b)
            {
                return a.CompareTo(b);
            }

            var (x, y) = (Numbers.ToDouble(left), Numbers.ToDouble(right));
            if (double.IsNaN(x) || double.IsNaN(y))
            {
                return 2;
            }

            // Integers beyond 2^53 are not exact as floats.
            if (x != y || (Math.Abs(x) < 9e15 && Math.Abs(y) < 9e15) || (left is double && right is double))
            {
                return x.CompareTo(y);
            }
        }

        if (left is double l && !double.IsFinite(l))
        {
            return double.IsNaN(l) ? 2 : l > 0 ? 1 : -1;
        }

        if (right is double r && !double.IsFinite(r))
        {
            return double.IsNaN(r) ? 2 : r > 0 ? -1 : 1;
        }

        var whole = Floor(left).CompareTo(Floor(right));
        return Math.Sign(whole != 0 ? whole : Fraction(left).CompareTo(Fraction(right)));
    }

    private static BigInteger Floor(object number) =>
        number is double real ? new BigInteger(Math.Floor(real)) : Numbers.ToBig(number);

    private static double Fraction(object number) => number is double real ? real - Math.Floor(real) : 0;

    /// <summary>left &lt; right (or, with greater, left &gt; right): -1, 0, 1; 2 if neither.</summary>
    public static int Compare(object? left, object? right, string sign)
    {
        switch (left, right)
        {
            case (long a, long b):
                return a.CompareTo(b);
            case (double or long or bool or BigInteger, double or long or bool or BigInteger):
                return CompareNumbers(left, right);
            case (string or Markup, string or Markup):
                return CompareText(Types.AsText(left)!, Types.AsText(right)!);
            case (ListValue a, ListValue b):
                return CompareItems(a.Items, b.Items, sign);
            case (TupleValue a, TupleValue b):
                return CompareItems(a.Items, b.Items, sign);
            case (SetValue a, SetValue b):
                return a.All(b.Contains) ? a.Count == b.Count ? 0 : -1 : b.All(a.Contains) ? 1 : 2;
            case (byte[] a, byte[] b):
                return Math.Sign(a.AsSpan().SequenceCompareTo(b));
            case (DateTimeValue a, DateTimeValue b):
                return a.IsAware == b.IsAware ? a.CompareTo(b)
                    : throw Fail.Type("can't compare offset-naive and offset-aware datetimes");
            case (DateValue a, DateValue b):
                return a.Date.CompareTo(b.Date);
            case (TimeValue a, TimeValue b):
                return a.Microseconds.CompareTo(b.Microseconds);
            case (TimeDeltaValue a, TimeDeltaValue b):
                return a.Microseconds.CompareTo(b.Microseconds);
            case (VersionValue, VersionValue or string or long or double) or (string or long or double, VersionValue):
                return VersionValue.Compare(left, right);
            case (Undefined undefined, _):
                throw undefined.Error();
            case (_, Undefined undefined):
                throw undefined.Error();
            default:
                throw Fail.Type($"'{sign}' not supported between instances of '{Types.Name(left)}' and '{Types.Name(right)}'");
        }
    }

    private static int CompareItems(object?[] left, object?[] right, string sign)
    {
        Show.Guard();
        for (var index = 0; index < Math.Min(left.Length, right.Length); index++)
        {
            if (!SameOrIdentical(left[index], right[index]))
            {
                return Compare(left[index], right[index], sign);
            }
        }

        return left.Length.CompareTo(right.Length);
    }

    private static int CompareText(string left, string right)
    {
        for (var index = 0; index < Math.Min(left.Length, right.Length); index++)
        {
            char a = left[index], b = right[index];
            if (a != b)
            {
                // By code point: what is beyond U+FFFF comes after the rest.
                return char.IsSurrogate(a) == char.IsSurrogate(b) ? Math.Sign(a - b) : char.IsSurrogate(a) ? 1 : -1;
            }
        }

        return left.Length.CompareTo(right.Length);
    }
}

/// <summary>
/// Python's rules for keys of dicts and members of sets. None is DBNull, because .NET's dictionaries know no null key.
/// </summary>
internal sealed class KeyComparer : IEqualityComparer<object>
{
    public static readonly KeyComparer Instance = new();

    public new bool Equals(object? left, object? right) => Equality.SameOrIdentical(left, right);

    public int GetHashCode(object key)
    {
        switch (key)
        {
            case string text:
                return text.GetHashCode(StringComparison.Ordinal);
            case Markup markup:
                return markup.Text.GetHashCode(StringComparison.Ordinal);
            case long or bool or double or BigInteger:
                return Numbers.TryWhole(key, out var whole) ? whole.GetHashCode() : key.GetHashCode();
            case TupleValue tuple:
                Show.Guard();
                var hash = new HashCode();
                foreach (var item in tuple.Items)
                {
                    hash.Add(GetHashCode(item ?? DBNull.Value));
                }

                return hash.ToHashCode();
            case ListValue or DictValue or SetValue:
                throw Fail.Type($"unhashable type: '{Types.Name(key)}'");
            case byte[] bytes:
                var sum = new HashCode();
                sum.AddBytes(bytes);
                return sum.ToHashCode();
            case Undefined or RangeValue or ViewValue or DateTimeValue:
                return 0;
            default:
                return key.GetHashCode();
        }
    }
}
