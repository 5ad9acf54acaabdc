using System.Buffers.Text;
using System.Text;

namespace HaNatsBridge.Nats.Bench;

/// <summary>
/// The reply subjects of the floor's requests: each has its own below one inbox, as clients have them and of the same length, for a server that sees a subject again finds its subscribers in a
/// cache. Their one changing part has always six digits and stands where both ends know, so nobody parses.
/// </summary>
public sealed class RawInbox
{
    private const string Prefix = "_INBOX.0123456789ABCDEFGHIJKL.";
    private const int First = 100_000;
    private const int Digits = 6;

    private int _last = First;

    /// <summary>The first one.</summary>
    public string ReplyTo { get; } = $"{Prefix}{First}";

    public byte[] Subscription { get; } = Encoding.ASCII.GetBytes($"SUB {Prefix}* 1\r\n");

    /// <summary>Where the digits are in a command that has <see cref="ReplyTo"/>.</summary>
    public int DigitsIn(ReadOnlySpan<byte> command) => command.IndexOf(Encoding.ASCII.GetBytes(ReplyTo)) + Prefix.Length;

    /// <summary>Gives a command the next subject.</summary>
    public void Renew(byte[] command, int digits)
    {
        _last = _last == (First * 10) - 1 ? First : _last + 1;
        Utf8Formatter.TryFormat(_last, command.AsSpan(digits), out _);
    }

    /// <summary>Gives a command the subject of the message that it answers.</summary>
    public static void Copy(ReadOnlySpan<byte> message, int from, byte[] command, int digits) => message.Slice(from, Digits).CopyTo(command.AsSpan(digits));
}
