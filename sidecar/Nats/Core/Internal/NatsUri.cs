namespace NATS.Client.Core.Internal;

/// <summary>A server's address. Two are the same when scheme, host and port are.</summary>
internal sealed record NatsUri
{
    private const int DefaultPort = 4222;

    public NatsUri(string url, string defaultScheme = "nats")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(url);
        url = url.Trim();
        if (!url.Contains("://", StringComparison.Ordinal))
        {
            url = $"{defaultScheme}://{url}";
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            // The text may hold a password.
            throw new ArgumentException("A server URL cannot be read; expected nats://host:port", nameof(url));
        }

        if (uri.Scheme is not ("nats" or "tls"))
        {
            throw new ArgumentException($"The URL scheme '{uri.Scheme}' is not supported; use nats or tls", nameof(url));
        }

        IsTls = uri.Scheme == "tls";
        Host = uri.IdnHost;
        Port = uri.Port > 0 ? uri.Port : DefaultPort;
        UserInfo = uri.UserInfo;
        Uri = new UriBuilder(uri.Scheme, Host, Port).Uri;
    }

    /// <summary>Without user information.</summary>
    public Uri Uri { get; }

    public bool IsTls { get; }

    public string Host { get; }

    public int Port { get; }

    /// <summary>Escaped, as in the URL; a secret.</summary>
    public string UserInfo { get; }

    public bool Equals(NatsUri? other) => other is not null && Port == other.Port && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase);

    public override int GetHashCode() => HashCode.Combine(Port, StringComparer.OrdinalIgnoreCase.GetHashCode(Host));

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
