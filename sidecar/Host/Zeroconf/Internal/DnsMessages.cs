using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace HaNatsBridge.Host.Zeroconf.Internal;

/// <summary>Writes the records of one answer (RFC 1035, RFC 6762), names without compression.</summary>
internal sealed class DnsWriter(bool isGoodbye)
{
    private const int HeaderLength = 12;
    private const int CountAt = 6;
    private const ushort Response = 0x8400;
    private const ushort Internet = 1;
    private const ushort CacheFlush = 0x8000;
    private const uint HostSeconds = 120;
    private const uint OtherSeconds = 4500;

    private readonly MemoryStream _written = Begin();
    private ushort _count;

    /// <summary>A record that others may have too.</summary>
    public void Pointer(string name, string target) => Record(name, DnsType.Ptr, Internet, OtherSeconds, () => Name(target));

    public void Location(string name, int port, string host) => Record(name, DnsType.Srv, Internet | CacheFlush, HostSeconds, () =>
    {
        Number(0);
        Number(0);
        Number((ushort)port);
        Name(host);
    });

    public void Texts(string name, IEnumerable<string> texts) => Record(name, DnsType.Txt, Internet | CacheFlush, OtherSeconds, () =>
    {
        foreach (var text in texts)
        {
            Label(text);
        }
    });

    public void Address(string name, IPAddress address) =>
        Record(name, DnsType.A, Internet | CacheFlush, HostSeconds, () => _written.Write(address.GetAddressBytes()));

    public byte[] Message()
    {
        var message = _written.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(CountAt), _count);
        return message;
    }

    private static MemoryStream Begin()
    {
        var header = new byte[HeaderLength];
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), Response);
        var written = new MemoryStream();
        written.Write(header);
        return written;
    }

    private void Record(string name, ushort type, ushort kind, uint seconds, Action data)
    {
        _count++;
        Name(name);
        Number(type);
        Number(kind);
        var life = isGoodbye ? 0 : seconds;
        Number((ushort)(life >> 16));
        Number((ushort)life);
        var lengthAt = _written.Position;
        Number(0);
        data();
        var end = _written.Position;
        _written.Position = lengthAt;
        Number((ushort)(end - lengthAt - sizeof(ushort)));
        _written.Position = end;
    }

    private void Name(string name)
    {
        foreach (var label in name.Split('.'))
        {
            Label(label);
        }

        _written.WriteByte(0);
    }

    private void Label(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        _written.WriteByte((byte)bytes.Length);
        _written.Write(bytes);
    }

    private void Number(ushort value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        _written.Write(bytes);
    }
}

/// <summary>Reads the questions of a message from the network, which may be anything.</summary>
internal static class DnsQuestions
{
    private const int HeaderLength = 12;
    private const int LongestName = 255;
    private const int MostQuestions = 64;
    private const byte PointerBits = 0xC0;

    /// <summary>Whether a message asks for one of the names.</summary>
    public static bool AskFor(ReadOnlySpan<byte> message, IReadOnlySet<string> names)
    {
        if (message.Length < HeaderLength || (message[2] & 0xF8) != 0)
        {
            // Too short, an answer, or no ordinary query.
            return false;
        }

        var at = HeaderLength;
        var count = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(message[4..]), (ushort)MostQuestions);
        for (var i = 0; i < count; i++)
        {
            if (ReadName(message, ref at) is not { } name || at + 4 > message.Length)
            {
                return false;
            }

            var type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
            at += 4;
            if (type is DnsType.A or DnsType.Ptr or DnsType.Txt or DnsType.Srv or DnsType.Any && names.Contains(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A name in dots; null when it is malformed. A pointer leads to what stands before it, so that none is a loop.</summary>
    private static string? ReadName(ReadOnlySpan<byte> message, ref int at)
    {
        var name = new StringBuilder();
        var (position, limit, jumped) = (at, at, false);
        while (position < message.Length)
        {
            var length = message[position];
            if (length == 0)
            {
                at = jumped ? at : position + 1;
                return name.ToString();
            }

            if ((length & PointerBits) == PointerBits)
            {
                if (position + 1 >= message.Length)
                {
                    return null;
                }

                var target = ((length & ~PointerBits) << 8) | message[position + 1];
                if (target >= limit)
                {
                    return null;
                }

                at = jumped ? at : position + 2;
                (position, limit, jumped) = (target, target, true);
                continue;
            }

            if (length >= 64 || position + 1 + length > message.Length || name.Length + length >= LongestName)
            {
                return null;
            }

            name.Append(name.Length > 0 ? "." : "").Append(Encoding.UTF8.GetString(message.Slice(position + 1, length)));
            position += 1 + length;
        }

        return null;
    }
}

/// <summary>The types of records that are known here.</summary>
internal static class DnsType
{
    public const ushort A = 1;
    public const ushort Ptr = 12;
    public const ushort Txt = 16;
    public const ushort Srv = 33;
    public const ushort Any = 255;
}
