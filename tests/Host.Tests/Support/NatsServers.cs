namespace HaNatsBridge.Host.Tests.Support;

/// <summary>The real nats-servers that the tests run against: the oldest and the newest that can be had.</summary>
public static class NatsServers
{
    public static string Oldest { get; } = Find("oldest");

    public static string Newest { get; } = Find("newest");

    public static IEnumerable<string> Both => [Oldest, Newest];

    private static string Find(string which)
    {
        if (Environment.GetEnvironmentVariable($"BRIDGE_NATS_SERVER_{which.ToUpperInvariant()}") is { Length: > 0 } named)
        {
            return named;
        }

        var cache = Path.Combine(Environment.GetFolderPath(
            Environment.SpecialFolder.UserProfile), ".cache", "hanatsbridge", "nats-server", which, "nats-server");
        return File.Exists(cache)
            ? cache
            : throw new FileNotFoundException($"no nats-server: ./bridge test fetches it to {cache}");
    }
}
