using System.Globalization;
using System.Text;

namespace NATS.Client.JetStream.Internal;

/// <summary>The payloads of acknowledgements (ADR-15 and the server's consumer code).</summary>
internal static class AckPayload
{
    internal static readonly ReadOnlyMemory<byte> Ack = "+ACK"u8.ToArray();
    internal static readonly ReadOnlyMemory<byte> Nak = "-NAK"u8.ToArray();
    internal static readonly ReadOnlyMemory<byte> Progress = "+WPI"u8.ToArray();
    internal static readonly ReadOnlyMemory<byte> Terminate = "+TERM"u8.ToArray();

    internal static ReadOnlyMemory<byte> NakAfter(TimeSpan delay) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"-NAK {{\"delay\": {NanosecondsConverter.ToNanoseconds(delay)}}}"));
}
