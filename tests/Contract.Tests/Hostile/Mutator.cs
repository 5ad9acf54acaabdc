using System.Text;

namespace HaNatsBridge.Contract.Tests.Hostile;

/// <summary>
/// Damages valid messages as a wire or a program does: a bit, a byte, a piece lost, doubled, or from another
/// message. The seed makes it repeatable.
/// </summary>
internal sealed class Mutator(int seed, IReadOnlyList<byte[]> corpus)
{
    private static readonly string[] Texts =
    [
        "\"", "{", "}", "[", "]", ",", ":", "null", "true", "-", "1e999", "NaN", "\\ud800", "\\u0000", "\0", "\"state\"",
        "unavailable", "99999999999999999999", "[[[[[[[[[[[[[[[[[[",
    ];

    private static readonly byte[][] Dictionary =
        [.. Texts.Select(Encoding.UTF8.GetBytes), [0xFF], [0xC3], [0xED, 0xA0, 0x80]];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        var bytes = new List<byte>(corpus[_random.Next(corpus.Count)]);
        for (var changes = _random.Next(1, 6); changes > 0; changes--)
        {
            Change(bytes);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        var length = Math.Min(_random.Next(1, 20), bytes.Count - at);
        switch (_random.Next(7))
        {
            case 0 when bytes.Count > at:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when bytes.Count > at:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, Dictionary[_random.Next(Dictionary.Length)]);
                break;
            case 5:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                var other = corpus[_random.Next(corpus.Count)];
                var from = _random.Next(other.Length + 1);
                bytes.InsertRange(at, other.Skip(from).Take(_random.Next(1, 40)));
                break;
        }
    }
}
