namespace HaNatsBridge.Nats.Bench;

/// <summary>
/// Lets contenders take short turns of the same length one right after the other, so that whatever else the machine does in these moments hits them alike: a share is that of two neighbouring
/// turns, and the median of many pairs is what counts. Who begins changes from round to round.
/// </summary>
/// <param name="rounds">Turns of each that count.</param>
/// <param name="turn">How long the slowest one's turn is to take; the number of messages follows from it.</param>
/// <param name="warmUp">How long each takes turns before they count: compiled, buffers grown, windows of TCP open.</param>
public sealed class Tournament(int rounds, TimeSpan turn, TimeSpan warmUp)
{
    private const int FirstMessages = 200;
    private const int MostMessages = 2_000_000;

    /// <summary>The measurements of each contender, one a round.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<Measurement>>> RunAsync(IReadOnlyList<Contender> contenders)
    {
        var messages = await WarmUpAsync(contenders);
        var measured = contenders.Select(static _ => new List<Measurement>()).ToArray();
        GC.Collect();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < contenders.Count; i++)
            {
                var at = round % 2 == 0 ? i : contenders.Count - 1 - i;
                measured[at].Add(await contenders[at].TurnAsync(messages));
            }
        }

        return measured;
    }

    /// <summary>The messages of a turn.</summary>
    private async Task<int> WarmUpAsync(IReadOnlyList<Contender> contenders)
    {
        var messages = FirstMessages;
        var left = warmUp;
        while (true)
        {
            var slowest = TimeSpan.Zero;
            foreach (var contender in contenders)
            {
                var elapsed = (await contender.TurnAsync(messages)).Elapsed;
                slowest = elapsed > slowest ? elapsed : slowest;
            }

            left -= slowest;
            if (left <= TimeSpan.Zero)
            {
                return messages;
            }

            messages = (int)Math.Clamp(messages * Math.Min(turn / slowest, 8), FirstMessages, MostMessages);
        }
    }
}
