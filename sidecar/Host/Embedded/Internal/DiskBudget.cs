namespace HaNatsBridge.Host.Embedded.Internal;

/// <summary>How much of the disk the store may take.</summary>
internal static class DiskBudget
{
    private const long Gibibyte = 1L << 30;

    /// <summary>
    /// What every stream of the home at its largest takes together (docs/architecture.md, "Streams and buckets"), and two GiB for the
    /// buckets.
    /// </summary>
    public const long Most = 8 * Gibibyte;

    /// <summary>With less the home does not work: even the buckets would not fit.</summary>
    public const long Least = 64 * 1024 * 1024;

    /// <summary>
    /// Bytes: half of what is free or already in the store, at most <see cref="Most"/>; in steps, so that a few files more or
    /// less change nothing.
    /// </summary>
    public static long For(string store)
    {
        Directory.CreateDirectory(store);
        var used = new DirectoryInfo(store).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        var half = (new DriveInfo(store).AvailableFreeSpace + used) / 2;
        var step = half > Gibibyte ? Gibibyte / 4 : Least;
        return Math.Clamp(half / step * step, Least, Most);
    }
}
