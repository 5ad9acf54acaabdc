using System.Security.Cryptography;

namespace HaNatsBridge.Host.Commands.Internal;

/// <summary>Makes ids of commands: ULIDs, 48 bits of time and 80 random ones in Crockford's base 32, so that an audit sorts by time.</summary>
internal static class Ulid
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 26;

    public static string Make(DateTimeOffset now)
    {
        Span<byte> random = stackalloc byte[10];
        RandomNumberGenerator.Fill(random);
        var noise = UInt128.Zero;
        foreach (var b in random)
        {
            noise = (noise << 8) | b;
        }

        var value = ((UInt128)(ulong)now.ToUnixTimeMilliseconds() << 80) | noise;
        return string.Create(Length, value, static (text, bits) =>
        {
            for (var i = Length - 1; i >= 0; i--)
            {
                text[i] = Alphabet[(int)(uint)(bits & 31)];
                bits >>= 5;
            }
        });
    }
}
