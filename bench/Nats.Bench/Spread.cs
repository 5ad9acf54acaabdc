namespace HaNatsBridge.Nats.Bench;

/// <summary>Many turns' figures: the middle one, the two that half of them lie between, and the ends.</summary>
public sealed record Spread(double Least, double Lower, double Median, double Upper, double Most)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new Spread(sorted[0], At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75), sorted[^1]);
    }

    private static double At(double[] sorted, double share)
    {
        var at = (sorted.Length - 1) * share;
        var below = sorted[(int)Math.Floor(at)];
        return below + ((sorted[(int)Math.Ceiling(at)] - below) * (at - Math.Floor(at)));
    }
}
