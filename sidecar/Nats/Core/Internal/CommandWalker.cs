using System.Buffers.Text;

namespace NATS.Client.Core.Internal;

/// <summary>Walks over client commands in a buffer. Only used when a connection was lost, so that the way there needs no bookkeeping.</summary>
internal static class CommandWalker
{
    /// <summary>
    /// Moves the publishes to the front and returns their bytes; the rest (SUB, UNSUB, PING, PONG) belonged to the old connection. Ends at what cannot be read: a subject that was not looked at
    /// (<see cref="NatsOpts.SkipSubjectValidation"/>) may have broken the protocol, and must not break the next connection too.
    /// </summary>
    public static int KeepPublishes(Span<byte> buffer)
    {
        var kept = 0;
        var at = 0;
        while (at < buffer.Length)
        {
            var line = buffer[at..].IndexOf((byte)'\n') + 1;
            if (line < 2)
            {
                break;
            }

            var isPublish = buffer[at] is (byte)'P' or (byte)'H' && buffer[at + 1] is (byte)'U' or (byte)'P';
            var length = line;
            if (isPublish)
            {
                var header = buffer.Slice(at, line - 2);
                if (!Utf8Parser.TryParse(header[(header.LastIndexOf((byte)' ') + 1)..], out int body, out _) || body < 0 || body > buffer.Length - at - line - 2)
                {
                    break;
                }

                length = line + 2 + body;
                buffer.Slice(at, length).CopyTo(buffer[kept..]);
                kept += length;
            }

            at += length;
        }

        return kept;
    }
}
