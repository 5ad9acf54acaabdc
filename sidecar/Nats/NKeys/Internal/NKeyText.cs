using System.Buffers.Binary;

namespace NATS.NKeys.Internal;

/// <summary>Base32 (RFC 4648 without padding) of bytes and their CRC-16/XMODEM, low byte first.</summary>
internal static class NKeyText
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int CrcLength = 2;

    public static string Encode(ReadOnlySpan<byte> raw)
    {
        Span<byte> all = stackalloc byte[raw.Length + CrcLength];
        raw.CopyTo(all);
        BinaryPrimitives.WriteUInt16LittleEndian(all[raw.Length..], Crc16(raw));
        return Base32(all);
    }

    /// <summary>RFC 4648 without padding.</summary>
    public static string Base32(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[((bytes.Length * 8) + 4) / 5];
        uint bits = 0;
        var have = 0;
        var at = 0;
        foreach (var b in bytes)
        {
            bits = (bits << 8) | b;
            have += 8;
            while (have >= 5)
            {
                have -= 5;
                text[at++] = Alphabet[(int)(bits >> have) & 31];
            }
        }

        if (have > 0)
        {
            text[at] = Alphabet[(int)(bits << (5 - have)) & 31];
        }

        return new string(text);
    }

    /// <summary>The number of bytes without CRC, or -1 when the text is not such bytes or does not fit.</summary>
    public static int Decode(ReadOnlySpan<char> text, Span<byte> raw)
    {
        Span<byte> all = stackalloc byte[raw.Length + CrcLength];
        uint bits = 0;
        var have = 0;
        var length = 0;
        foreach (var c in text)
        {
            var value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
            {
                return -1;
            }

            bits = (bits << 5) | (uint)value;
            have += 5;
            if (have < 8)
            {
                continue;
            }

            have -= 8;
            if (length == all.Length)
            {
                return -1;
            }

            all[length++] = (byte)(bits >> have);
        }

        // Bits that encode nothing must be zero, or one key would have several texts.
        var rawLength = length - CrcLength;
        if ((bits & ((1u << have) - 1)) != 0 || rawLength < 1 || BinaryPrimitives.ReadUInt16LittleEndian(all[rawLength..]) != Crc16(all[..rawLength]))
        {
            return -1;
        }

        all[..rawLength].CopyTo(raw);
        return rawLength;
    }

    private static ushort Crc16(ReadOnlySpan<byte> bytes)
    {
        ushort crc = 0;
        foreach (var b in bytes)
        {
            crc ^= (ushort)(b << 8);
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (ushort)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
            }
        }

        return crc;
    }
}
