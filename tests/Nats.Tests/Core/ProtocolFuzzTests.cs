using System.Text;
using NATS.Client.Core.Internal;
using Shouldly;

namespace HaNatsBridge.Nats.Tests.Core;

/// <summary>A hundred thousand broken streams: whatever the network does to the cuts, the same commands come out, or the same refusal.</summary>
public sealed class ProtocolFuzzTests
{
    private const int Streams = 100_000;
    private const int MaxBody = 4096;

    private static readonly string[] Seeds =
    [
        "INFO {\"server_id\":\"x\",\"max_payload\":1048576}\r\n",
        "PING\r\n",
        "PONG\r\n",
        "+OK\r\n",
        "-ERR 'Permissions Violation for Publish to \"a\"'\r\n",
        "MSG home.devices.light.hall.state 1 5\r\nhello\r\n",
        "MSG a 2 _INBOX.x.1 0\r\n\r\n",
        "HMSG a.b.c 3 12 17\r\nNATS/1.0\r\n\r\nhello\r\n",
        "HMSG a.b.c 3 r 18 24\r\nNATS/1.0\r\nA: b\r\n\r\n\0\r\n\r\nx\r\n",
    ];

    [Test]
    public void A_mutated_stream_gives_the_same_however_it_is_cut()
    {
        var random = new Random(20261121);
        var valid = 0;
        for (var i = 0; i < Streams; i++)
        {
            var stream = MakeStream(random, Seeds);
            var whole = Run(stream, _ => stream.Length);
            var cut = (random.Next(3)) switch
            {
                0 => Run(stream, _ => 1),
                1 => Run(stream, _ => random.Next(1, 8)),
                _ => Run(stream, _ => random.Next(1, 64)),
            };
            if (whole != cut)
            {
                Assert.Fail($"stream {i} ({Convert.ToHexString(stream)}):\n{whole}\n{cut}");
            }

            valid += whole.EndsWith('!') ? 0 : 1;
        }

        // The mutations must neither break all streams nor none.
        valid.ShouldBeInRange(Streams / 10, Streams * 9 / 10);
    }

    /// <summary>Servers write MSG; a lower-case verb takes the general way.</summary>
    [Test]
    public void A_message_reads_the_same_on_the_short_way_and_on_the_general_one()
    {
        var random = new Random(20261122);
        var read = 0;
        var shortWay = 0;
        for (var i = 0; i < Streams; i++)
        {
            var stream = MakeStream(random, "MSG home.devices.light.hall.state 1 5\r\nhello\r\n", "MSG a 2 _INBOX.x.1 0\r\n\r\n", "MSG a.b 123456789 7 12\r\nhello, world\r\n");
            if (!stream.AsSpan().StartsWith("MSG "u8))
            {
                continue;
            }

            byte[] general = [.. "msg"u8, .. stream.AsSpan(3)];
            var status = ProtocolParser.TryParse(stream, MaxBody, out var op, out var needed, out var error);
            ProtocolParser.TryParse(general, MaxBody, out var opToo, out var neededToo, out var errorToo).ShouldBe(status);
            (needed, error).ShouldBe((neededToo, errorToo));
            if (status == ParseStatus.Done)
            {
                op.ShouldBe(opToo);
                read++;
                shortWay += ProtocolParser.TryReadPlainMsg(stream, MaxBody, ref op) ? 1 : 0;
            }
        }

        read.ShouldBeInRange(Streams / 10, Streams * 9 / 10);
        shortWay.ShouldBeInRange(read / 2, read);
    }

    private static byte[] MakeStream(Random random, params string[] seeds)
    {
        var text = new StringBuilder();
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            text.Append(seeds[random.Next(seeds.Length)]);
        }

        var bytes = Encoding.ASCII.GetBytes(text.ToString()).ToList();
        for (var n = random.Next(4); n > 0 && bytes.Count > 1; n--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, (byte)"0123456789 \r\n\t."[random.Next(15)]);
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(20), bytes.Count - at)));
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>The commands as text; '!' at the end when the stream was refused.</summary>
    private static string Run(byte[] stream, Func<int, int> nextPiece)
    {
        var result = new StringBuilder();
        using var buffer = new ReceiveBuffer(512, MaxBody);
        for (var at = 0; at < stream.Length;)
        {
            var writable = buffer.Writable();
            var count = Math.Min(Math.Min(nextPiece(at), writable.Length), stream.Length - at);
            stream.AsSpan(at, count).CopyTo(writable.Span);
            buffer.Written(count);
            at += count;
            ParseStatus status;
            while ((status = buffer.TryNext(out var op, out _)) == ParseStatus.Done)
            {
                result.Append(op.Kind).Append(op.Sid).Append(' ').Append(Convert.ToHexString(buffer.Span(0, op.Length))).Append(';');
                buffer.Advance(op.Length);
            }

            if (status == ParseStatus.Invalid)
            {
                return result.Append('!').ToString();
            }
        }

        return result.ToString();
    }
}
