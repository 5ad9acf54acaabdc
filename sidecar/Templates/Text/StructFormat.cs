using System.Buffers.Binary;
using System.Numerics;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Text;

/// <summary>Python's struct module, for one value. Null where Home Assistant returns None: value and format do not fit.</summary>
internal static class StructFormat
{
    public static object? Pack(string format, object? value)
    {
        if (Parse(format) is not { } spec)
        {
            return null;
        }

        if (spec.Type == 's')
        {
            if (value is not byte[] text)
            {
                return null;
            }

            var padded = new byte[spec.Count];
            text.AsSpan(0, Math.Min(text.Length, spec.Count)).CopyTo(padded);
            return padded;
        }

        return spec.Type is 'e' or 'f' or 'd' ? PackFloat(spec, value)
            : spec.Type == '?' ? new[] { (byte)(Types.IsTrue(value) ? 1 : 0) }
            : spec.Type == 'c' ? value as byte[] is [_] ? value : null
            : PackInteger(spec, value);
    }

    public static object? Unpack(string format, byte[] bytes, int offset)
    {
        if (Parse(format) is not { } spec)
        {
            return null;
        }

        offset = offset < 0 ? offset + bytes.Length : offset;
        if (offset < 0 || offset + (long)spec.Padding + spec.Size > bytes.Length)
        {
            return null;
        }

        var part = bytes.AsSpan(offset + spec.Padding, spec.Size).ToArray();
        if (spec.Type is 's' or 'c')
        {
            return part;
        }

        if (!spec.BigEndian)
        {
            Array.Reverse(part);
        }

        return spec.Type switch
        {
            '?' => Numbers.Box(part[0] != 0),
            'e' => (double)BinaryPrimitives.ReadHalfBigEndian(part),
            'f' => (double)BinaryPrimitives.ReadSingleBigEndian(part),
            'd' => BinaryPrimitives.ReadDoubleBigEndian(part),
            _ => Numbers.Box(new BigInteger(part, char.IsUpper(spec.Type), true)),
        };
    }

    private static byte[]? PackInteger(Spec spec, object? value)
    {
        if (value is not (long or bool or BigInteger))
        {
            return null;
        }

        var number = Numbers.ToBig(value);
        var unsigned = char.IsUpper(spec.Type);
        if ((unsigned && number.Sign < 0) || number.GetByteCount(unsigned) > spec.Size)
        {
            return null;
        }

        var bytes = new byte[spec.Size];
        Array.Fill(bytes, (byte)(number.Sign < 0 ? 255 : 0));
        number.ToByteArray(unsigned).CopyTo(bytes, 0);
        return Ordered(spec, bytes);
    }

    private static byte[]? PackFloat(Spec spec, object? value)
    {
        if (!Types.IsNumber(value))
        {
            return null;
        }

        var number = Numbers.ToDouble(value!);
        var tooLarge = spec.Type switch { 'e' =>
            Half.IsInfinity((Half)number), 'f' => float.IsInfinity((float)number), _ => false };
        if (tooLarge && double.IsFinite(number))
        {
            throw Fail.Overflow($"float too large to pack with {spec.Type} format");
        }

        var bytes = new byte[spec.Size];
        switch (spec.Type)
        {
            case 'e':
                BinaryPrimitives.WriteHalfLittleEndian(bytes, (Half)number);
                break;
            case 'f':
                BinaryPrimitives.WriteSingleLittleEndian(bytes, (float)number);
                break;
            default:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
                break;
        }

        return Ordered(spec, bytes);
    }

    /// <summary>Bytes that begin with the lowest, in the format's order, with its padding before.</summary>
    private static byte[] Ordered(Spec spec, byte[] bytes)
    {
        if (spec.BigEndian)
        {
            Array.Reverse(bytes);
        }

        return spec.Padding == 0 ? bytes : [.. new byte[spec.Padding], .. bytes];
    }

    private sealed record Spec(bool BigEndian, char Type, int Size, int Count, int Padding);

    private static Spec? Parse(string format)
    {
        format = string.Concat(format.Where(c => !Types.IsSpace(c)));
        var order = format.Length > 0 && "@=<>!".Contains(format[0], StringComparison.Ordinal) ? format[0] : '\0';
        var at = order == '\0' ? 0 : 1;
        var native = order is '\0' or '@';
        var padding = 0;
        while (at < format.Length && format[at] == 'x')
        {
            padding++;
            at++;
        }

        var count = 0;
        var digits = at;
        for (; at < format.Length && char.IsAsciiDigit(format[at]) && count < 100_000; at++)
        {
            count = (count * 10) + format[at] - '0';
        }

        count = digits == at ? 1 : count;
        if (at + 1 != format.Length || (format[at] != 's' && count != 1))
        {
            return null;
        }

        var size = format[at] switch
        {
            'c' or 'b' or 'B' or '?' => 1,
            'h' or 'H' or 'e' => 2,
            'i' or 'I' or 'f' => 4,
            'l' or 'L' => native ? 8 : 4,
            'q' or 'Q' or 'd' => 8,
            'n' or 'N' when native => 8,
            's' => Math.Min(count, 100_000),
            _ => -1,
        };
        return size < 0 ? null : new(order is '>' or '!', format[at], size, Math.Min(count, 100_000), padding);
    }
}
