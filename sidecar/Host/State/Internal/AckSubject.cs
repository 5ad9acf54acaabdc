namespace HaNatsBridge.Host.State.Internal;

/// <summary>
/// Where a message stands, read from its acknowledgement subject (JetStream's ADR-15) without the texts that the client's own metadata would make of it:
/// <c>$JS.ACK.{stream}.{consumer}.{delivered}.{stream seq}.{consumer seq}.{time}.{pending}</c>, or the same after <c>$JS.ACK.{domain}.{account}</c>.
/// </summary>
/// <param name="Sequence">Its number in the stream.</param>
/// <param name="Time">When the server stored it.</param>
/// <param name="Pending">How many messages wait behind it.</param>
internal readonly record struct AckSubject(ulong Sequence, DateTimeOffset Time, ulong Pending)
{
    private const int ShortForm = 9;
    private const int LongForm = 11;

    public static bool TryParse(string? replyTo, out AckSubject ack)
    {
        ack = default;
        if (replyTo is null || !replyTo.StartsWith("$JS.ACK.", StringComparison.Ordinal))
        {
            return false;
        }

        Span<Range> tokens = stackalloc Range[LongForm + 2];
        var subject = replyTo.AsSpan();
        var count = subject.Split(tokens, '.');
        var first = count switch { ShortForm => 5, >= LongForm => 7, _ => -1 };
        if (first < 0
            || !ulong.TryParse(subject[tokens[first]], out var sequence)
            || !long.TryParse(subject[tokens[first + 2]], out var nanoseconds)
            || !ulong.TryParse(subject[tokens[first + 3]], out var pending))
        {
            return false;
        }

        ack = new AckSubject(sequence, DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick), pending);
        return true;
    }
}
