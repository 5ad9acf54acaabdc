using System.Globalization;

namespace NATS.Client.JetStream.Internal;

/// <summary>
/// Reads the reply subject of a delivered message without allocating (ADR-15, ADR-60):
/// <c>$JS.ACK.{stream}.{consumer}.{delivered}.{stream seq}.{consumer seq}.{ns}.{pending}</c>, or the longer form
/// <c>$JS.ACK.{domain}.{account hash}.{stream}.{consumer}.{delivered}.{stream seq}.{consumer seq}.{ns}.{pending}[.{random}…]</c>.
/// </summary>
internal ref struct AckSubject
{
    private const int ShortTokens = 9;
    private const int LongTokens = 11;

    public ReadOnlySpan<char> Domain;
    public ReadOnlySpan<char> Stream;
    public ReadOnlySpan<char> Consumer;
    public ulong Delivered;
    public ulong StreamSequence;
    public ulong ConsumerSequence;
    public long Nanoseconds;
    public ulong Pending;

    internal static bool TryParse(ReadOnlySpan<char> reply, out AckSubject ack)
    {
        ack = default;
        if (!reply.StartsWith("$JS.ACK.", StringComparison.Ordinal))
        {
            return false;
        }

        // One more than the longest known form, so that tokens which a later server appends stay in the last piece.
        Span<Range> tokens = stackalloc Range[LongTokens + 1];
        var count = reply.Split(tokens, '.');
        var first = 2;
        if (count >= LongTokens)
        {
            // A domain that is not set is written as an underscore.
            ack.Domain = reply[tokens[2]];
            if (ack.Domain is "_")
            {
                ack.Domain = default;
            }

            first = 4;
        }
        else if (count != ShortTokens)
        {
            return false;
        }

        ack.Stream = reply[tokens[first]];
        ack.Consumer = reply[tokens[first + 1]];
        return Number(reply[tokens[first + 2]], out ack.Delivered)
            && Number(reply[tokens[first + 3]], out ack.StreamSequence)
            && Number(reply[tokens[first + 4]], out ack.ConsumerSequence)
            && long.TryParse(reply[tokens[first + 5]], NumberStyles.None, CultureInfo.InvariantCulture, out ack.Nanoseconds)
            && Number(reply[tokens[first + 6]], out ack.Pending);
    }

    internal readonly DateTimeOffset Timestamp => DateTimeOffset.UnixEpoch.AddTicks(Nanoseconds / NanosecondsConverter.PerTick);

    private static bool Number(ReadOnlySpan<char> token, out ulong value) =>
        ulong.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
