namespace HaNatsBridge.Host.Storage.Internal;

/// <summary>
/// How large streams are made: as declared where the store has the room for all of them, else all in the same proportion. An
/// eighth of the store remains for the buckets. The sizes do not depend on which features run here: two sidecars of one home
/// agree about them.
/// </summary>
internal static class StreamSizes
{
    /// <summary>What the store takes when nothing limits it.</summary>
    public const long FullBudget = 8 * StorageDeclarations.Gibibyte;

    private const long AllStreams = FullBudget / 8 * 7;
    private const long Step = 64 * 1024;

    /// <summary>The size of a stream.</summary>
    /// <param name="declared">What its feature declares.</param>
    /// <param name="budget">Bytes for streams and buckets together: half of the free disk or less.</param>
    public static long For(long declared, long budget) =>
        Math.Max(Step, (long)(declared * ((double)Math.Min(budget, FullBudget) / FullBudget)) / Step * Step);

    /// <summary>Whether streams of these sizes leave the buckets their part.</summary>
    public static bool Fit(IEnumerable<long> declared) => declared.Sum() <= AllStreams;
}
