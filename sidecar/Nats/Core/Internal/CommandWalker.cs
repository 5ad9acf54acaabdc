using System.Buffers.Text;

namespace NATS.Client.Core.Internal;

/// <summary>Walks over client commands in a buffer. Only used when a connection was lost, so that the way there needs no bookkeeping.</summary>
internal static class CommandWalker
{
    /// <summary>
    /// Moves the publishes to the front and returns their bytes; the rest (SUB, UNSUB, PING, PONG) belonged to the old connection, and a request that was given up meanwhile must not be
    /// carried out any more. Ends at what cannot be read: a subject that was not looked at (<see cref="NatsOpts.SkipSubjectValidation"/>) may have broken the protocol, and must not break the
    /// next connection too.
    /// </summary>
    /// <param name="buffer">Whole commands.</param>
    /// <param name="replies">Knows which requests are still waited for; null before the first request.</param>
    /// <param name="publishes">How many are kept.</param>
    public static int KeepPublishes(Span<byte> buffer, ReplyInbox? replies, out int publishes)
    {
        publishes = 0;
        var kept = 0;
        var at = 0;
        while (at < buffer.Length)
        {
            var line = buffer[at..].IndexOf((byte)'\n') + 1;
            if (line < 2)
            {
                break;
            }

            var length = line;
            if (buffer[at] is (byte)'P' or (byte)'H' && buffer[at + 1] is (byte)'U' or (byte)'P')
            {
                var header = buffer.Slice(at, line - 2);
                if (!Utf8Parser.TryParse(header[(header.LastIndexOf((byte)' ') + 1)..], out int body, out _) || body < 0 || body > buffer.Length - at - line - 2)
                {
                    break;
                }

                length = line + 2 + body;
                if (replies?.IsGivenUp(ReplyTo(header)) != true)
                {
                    buffer.Slice(at, length).CopyTo(buffer[kept..]);
                    kept += length;
                    publishes++;
                }
            }

            at += length;
        }

        return kept;
    }

    /// <summary>Of <c>PUB subject [reply] size</c> or <c>HPUB subject [reply] header-size size</c>; empty where there is none.</summary>
    private static ReadOnlySpan<byte> ReplyTo(ReadOnlySpan<byte> header)
    {
        if (header.Count((byte)' ') != (header[0] == (byte)'H' ? 4 : 3))
        {
            return [];
        }

        var subject = header[(header.IndexOf((byte)' ') + 1)..];
        var reply = subject[(subject.IndexOf((byte)' ') + 1)..];
        return reply[..reply.IndexOf((byte)' ')];
    }
}
