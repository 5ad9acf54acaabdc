namespace HaNatsBridge.Tests.Support;

/// <summary>Where the two nats-servers are: BRIDGE_NATS_SERVER_OLDEST and _NEWEST, else where the front door installs them.</summary>
public static class NatsServerBinaries
{
    /// <exception cref="FileNotFoundException">The server is not installed; ./bridge test does it.</exception>
    public static string PathOf(NatsServerVersion version)
    {
        var name = version == NatsServerVersion.Oldest ? "oldest" : "newest";
        var path = Environment.GetEnvironmentVariable($"BRIDGE_NATS_SERVER_{name.ToUpperInvariant()}");
        if (string.IsNullOrEmpty(path))
        {
            path = Path.Combine(
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "hanatsbridge", "nats-server", name, "nats-server");
        }

        return File.Exists(path) ? path : throw new FileNotFoundException($"nats-server ({name}) is not installed; run ./bridge test, which installs it", path);
    }
}
