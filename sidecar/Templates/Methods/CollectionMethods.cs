using System.Globalization;
using System.Numerics;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Methods;

/// <summary>The methods of lists, dicts, sets, bytes and numbers that change nothing.</summary>
internal static class CollectionMethods
{
    public static IEnumerable<Method> Sequence =>
    [
        new("count", "value", (state, self, a) =>
        {
            var value = a[0];
            return Numbers.Box(state.Items(self).Count(item => Equality.SameOrIdentical(item, value)));
        }),
        new("index", "value start? stop?", Index),
        new("copy", "", (_, self, _) => self),
    ];

    public static IEnumerable<Method> Dict =>
    [
        new("get", "key default?", (_, self, a) => ((DictValue)self).TryGet(a[0], out var value) ? value : a.Or(1, null)),
        new("items", "", (_, self, _) => new ViewValue((DictValue)self, ViewKind.Items)),
        new("keys", "", (_, self, _) => new ViewValue((DictValue)self, ViewKind.Keys)),
        new("values", "", (_, self, _) => new ViewValue((DictValue)self, ViewKind.Values)),
        new("copy", "", (_, self, _) => self),
        new("fromkeys", "iterable value?", (state, _, a) =>
        {
            var dict = new DictValue();
            foreach (var key in state.Items(a[0]))
            {
                state.ChargeItems(2);
                dict.Set(key, a.Or(1, null));
            }

            return dict;
        }),
    ];

    public static IEnumerable<Method> Set =>
    [
        new("copy", "", (_, self, _) => self),
        Combine("union", (left, right) => [.. left, .. right]),
        Combine("intersection", (left, right) => left.Where(right.Contains)),
        Combine("difference", (left, right) => left.Where(item => !right.Contains(item))),
        Combine("symmetric_difference", (left, right) =>
            [.. left.Where(item => !right.Contains(item)), .. right.Where(item => !left.Contains(item))]),
        Compare("issubset", (left, right) => left.All(right.Contains)),
        Compare("issuperset", (left, right) => right.All(left.Contains)),
        Compare("isdisjoint", (left, right) => !left.Any(right.Contains)),
    ];

    public static IEnumerable<Method> Bytes =>
    [
        new("decode", "encoding? errors?", (_, self, a) =>
            Encodings.Decode((byte[])self, a.Text(0, "utf-8"), a.Text(1, "strict"))),
        new("hex", "", (_, self, _) => Convert.ToHexStringLower((byte[])self)),
    ];

    public static IEnumerable<Method> Cycler =>
    [
        new("next", "", (_, self, _) => ((CyclerValue)self).Next()),
        new("reset", "", (_, self, _) =>
        {
            ((CyclerValue)self).Reset();
            return null;
        }),
    ];

    public static IEnumerable<Method> Integer =>
    [
        new("bit_length", "", (_, self, _) => Numbers.Box((long)BigInteger.Abs(Numbers.ToBig(self)).GetBitLength())),
        new("bit_count", "", (_, self, _) => Numbers.Box(CountBits(BigInteger.Abs(Numbers.ToBig(self))))),
        new("is_integer", "", (_, _, _) => Numbers.True),
        new("conjugate", "", (_, self, _) => self),
        new("to_bytes", "length? byteorder? *rest signed?", ToBytes),
    ];

    public static IEnumerable<Method> Float =>
    [
        new("is_integer", "", (_, self, _) =>
            Numbers.Box(double.IsFinite((double)self) && Math.Floor((double)self) == (double)self)),
        new("conjugate", "", (_, self, _) => self),
        new("hex", "", (_, self, _) => throw Fail.Value("float.hex() is not supported")),
    ];

    private static object? Index(RenderState state, object self, Arguments a)
    {
        var items = state.List(self);
        var start = a.Small(1, 0);
        var stop = a.Small(2, int.MaxValue);
        for (var at = Math.Max(0, start < 0 ? start + items.Count
            : start); at < Math.Min(items.Count, stop < 0 ? stop + items.Count : stop); at++)
        {
            if (Equality.SameOrIdentical(items[at], a[0]))
            {
                return Numbers.Box(at);
            }
        }

        throw Fail.Value($"{Show.Brief(a[0])} is not in the list");
    }

    private static Method Combine(string name, Func<SetValue, SetValue, IEnumerable<object?>> body) =>
        new(name, "*others", (state, self, a) =>
    {
        var result = (SetValue)self;
        foreach (var other in a.Rest(0).Items)
        {
            result = ToSet(state, body(result, ToSet(state, other)));
        }

        return result;
    });

    private static Method Compare(string name, Func<SetValue, SetValue, bool> body) =>
        new(name, "other", (state, self, a) => Numbers.Box(body((SetValue)self, ToSet(state, a[0]))));

    public static SetValue ToSet(RenderState state, object? items)
    {
        if (items is SetValue known)
        {
            return known;
        }

        var set = new SetValue();
        foreach (var item in state.Items(items is IEnumerable<object?> or string or DictValue or Markup ? items
            : Types.Items(items)))
        {
            state.ChargeItems(2);
            set.Add(item);
        }

        return set;
    }

    private static int CountBits(BigInteger number) =>
        number.ToByteArray(isUnsigned: true).Sum(item => BitOperations.PopCount(item));

    private static object? ToBytes(RenderState state, object self, Arguments a)
    {
        var length = a.Small(0, 1);
        if (length is < 0 or > 1024)
        {
            throw Fail.Value(string.Create(CultureInfo.InvariantCulture, $"to_bytes: a length of {length} bytes"));
        }

        var signed = a.Flag(3);
        var number = Numbers.ToBig(self);
        if ((!signed && number.Sign < 0) || number.GetByteCount(!signed) > length)
        {
            throw Fail.Overflow("int too big to convert");
        }

        var bytes = new byte[length];
        Array.Fill(bytes, (byte)(number.Sign < 0 ? 255 : 0));
        number.ToByteArray(!signed).CopyTo(bytes, 0);
        if (a.Text(1, "big") == "big")
        {
            Array.Reverse(bytes);
        }

        return bytes;
    }
}
