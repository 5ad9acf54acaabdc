using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Templates.Evaluation;
using HaNatsBridge.Templates.Text;
using HaNatsBridge.Templates.Values;

namespace HaNatsBridge.Templates.Filters;

/// <summary>Bytes: Base64, hexadecimal, hashes, <c>pack</c> and <c>unpack</c>.</summary>
internal static class BinaryFilters
{
    public static IEnumerable<Entry> All =>
    [
        new(Use.Filter, "base64_encode", "value", (state, a) => Convert.ToBase64String(Bytes(state, a[0]))),
        new(Use.Filter, "base64_decode", "value encoding?", Base64Decode),
        new(Use.Filter, "from_hex", "value", FromHex),
        Hash("md5", MD5.HashData),
        Hash("sha1", SHA1.HashData),
        Hash("sha256", SHA256.HashData),
        Hash("sha512", SHA512.HashData),
        new(Use.Both, "pack", "value format_string", (_, a) => StructFormat.Pack(a.Text(1), a[0])),
        new(Use.Both, "unpack", "value format_string offset?", (_, a) => a[0] is byte[] bytes
            ? StructFormat.Unpack(a.Text(1), bytes, a.Small(2, 0))
            : throw Fail.Type($"a bytes-like object is required, not '{Types.Name(a[0])}'")),
    ];

#pragma warning disable CA5350, CA5351 // Templates ask for these hashes by name; nothing is secured with them.
    private static Entry Hash(string name, Func<byte[], byte[]> hash) => new(Use.Both, name, "value", (state, a) =>
    {
        var text = Types.AsText(a[0]) ?? throw (a[0] is Undefined undefined
            ? undefined.Error()
            : new TemplateError(TemplateErrorKind.Attribute, $"{name} needs a text, not {Types.Name(a[0])}; use | string first"));
        state.Charge(text.Length);
        state.Steps(text.Length / 64);
        return Convert.ToHexStringLower(hash(Encoding.UTF8.GetBytes(text)));
    });
#pragma warning restore CA5350, CA5351

    private static byte[] Bytes(RenderState state, object? value)
    {
        var bytes = value as byte[] ?? (Types.AsText(value) is { } text ? Encoding.UTF8.GetBytes(text)
            : throw Fail.Type($"a bytes-like object is required, not '{Types.Name(value)}'"));
        state.Charge(bytes.Length, 2);
        return bytes;
    }

    private static object? Base64Decode(RenderState state, Arguments a)
    {
        // Python skips what is no digit, and stops at complete padding.
        var text = a[0] is byte[] raw ? Encoding.Latin1.GetString(raw) : a.Text(0);
        state.Charge(text.Length, 2);
        if (!text.All(char.IsAscii))
        {
            throw Fail.Value("string argument should contain only ASCII characters");
        }

        var digits = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '+' or '/')
            {
                digits.Append(c);
            }
            else if (c == '=' && digits.Length % 4 >= 2)
            {
                digits.Append('=', 4 - (digits.Length % 4));
                if (text.Count(other => other == '=') < (digits[^2] == '=' ? 2 : 1))
                {
                    throw Fail.Value("Incorrect padding");
                }

                break;
            }
        }

        if (digits.Length % 4 != 0)
        {
            throw Fail.Value("Incorrect padding: the length of Base64 is a multiple of 4");
        }

        var bytes = Convert.FromBase64String(digits.ToString());
        return a.Has(1) && a[1] is null ? bytes : Encodings.Decode(bytes, a.Text(1, "utf-8"), "strict");
    }

    private static object? FromHex(RenderState state, Arguments a)
    {
        var text = string.Concat(a.Text(0).Where(c => !Types.IsSpace(c)));
        state.Charge(text.Length);
        return text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text)
            : throw Fail.Value("the text must consist of pairs of hexadecimal digits");
    }
}
