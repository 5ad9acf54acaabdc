namespace HaNatsBridge.Host.Settings;

/// <summary>What may be shown of the address of a NATS server.</summary>
public static class NatsUrls
{
    /// <summary>
    /// The addresses, separated by commas as they were given, without user and password: those are the home account's, and
    /// secrets.
    /// </summary>
    public static string WithoutUser(string url) => string.Join(',', url.Split(',').Select(one =>
    {
        var at = one.LastIndexOf('@');
        var scheme = one.IndexOf("://", StringComparison.Ordinal);
        return at < 0 ? one : scheme < 0 ? one[(at + 1)..] : one[..(scheme + 3)] + one[(at + 1)..];
    }));
}
