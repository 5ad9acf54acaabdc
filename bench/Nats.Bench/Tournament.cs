namespace HaNatsBridge.Nats.Bench;

/// <summary>
/// Lets contenders take short turns of the same length one right after the other, so that whatever else the machine does in these moments hits them alike: a share is that of two neighbouring
/// turns, and the median of many pairs is what counts. Who begins changes from round to round, and after some rounds all of them open new connections: a pair of connections keeps the pace
/// that the kernel found for it, and two floors beside each other differ by a third when each has but one.
/// </summary>
/// <param name="sets">So often all connections are made anew.</param>
/// <param name="rounds">Turns of each in a set.</param>
/// <param name="turn">How long the slowest one's turn is to take; the number of messages follows from it.</param>
/// <param name="warmUp">How long all together take turns before the first set counts: code is compiled, buffers are grown. Later sets take a quarter of it.</param>
public sealed class Tournament(int sets, int rounds, TimeSpan turn, TimeSpan warmUp)
{
    private const int FirstMessages = 200;
    private const int MostMessages = 2_000_000;

    /// <summary>The measurements of each contender, one a round.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<Measurement>>> RunAsync(IReadOnlyList<Func<Task<Contender>>> openers)
    {
        var measured = openers.Select(static _ => new List<Measurement>()).ToArray();
        var messages = FirstMessages;
        for (var set = 0; set < sets; set++)
        {
            var contenders = await OpenAsync(openers, set);
            messages = await WarmUpAsync(contenders, messages, set == 0 ? warmUp : warmUp / 4);
            GC.Collect();
            for (var round = 0; round < rounds; round++)
            {
                foreach (var at in Order(openers.Count, set + round))
                {
                    measured[at].Add(await contenders[at].TurnAsync(messages));
                }
            }

            foreach (var contender in contenders)
            {
                await contender.DisposeAsync();
            }
        }

        return measured;
    }

    private static async Task<Contender[]> OpenAsync(IReadOnlyList<Func<Task<Contender>>> openers, int set)
    {
        var contenders = new Contender[openers.Count];
        foreach (var at in Order(openers.Count, set))
        {
            contenders[at] = await openers[at]();
        }

        return contenders;
    }

    private static IEnumerable<int> Order(int count, int number) => Enumerable.Range(0, count).Select(i => number % 2 == 0 ? i : count - 1 - i);

    /// <summary>The messages of a turn.</summary>
    private async Task<int> WarmUpAsync(Contender[] contenders, int messages, TimeSpan left)
    {
        while (true)
        {
            var slowest = TimeSpan.Zero;
            foreach (var contender in contenders)
            {
                var elapsed = (await contender.TurnAsync(messages)).Elapsed;
                slowest = elapsed > slowest ? elapsed : slowest;
                left -= elapsed;
            }

            messages = (int)Math.Clamp(messages * Math.Min(turn / slowest, 8), FirstMessages, MostMessages);
            if (left <= TimeSpan.Zero)
            {
                return messages;
            }
        }
    }
}
