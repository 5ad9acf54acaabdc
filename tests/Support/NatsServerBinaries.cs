namespace HaNatsBridge.Tests.Support;

/// <summary>Where the two nats-servers are: BRIDGE_NATS_SERVER_OLDEST and _NEWEST, else in the cache of ./bridge.</summary>
public static class NatsServerBinaries
{
    /// <exception cref="FileNotFoundException">The server is not there; ./bridge test downloads it.</exception>
    public static string PathOf(NatsServerVersion version)
    {
        var name = version == NatsServerVersion.Oldest ? "oldest" : "newest";
        var path = Environment.GetEnvironmentVariable($"BRIDGE_NATS_SERVER_{name.ToUpperInvariant()}");
        if (string.IsNullOrEmpty(path))
        {
            var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            path = Path.Combine(home, ".cache", "hanatsbridge", "nats-server", name, "nats-server");
        }

        return File.Exists(path)
            ? path
            : throw new FileNotFoundException($"nats-server ({name}) is not there; ./bridge test downloads it", path);
    }
}
