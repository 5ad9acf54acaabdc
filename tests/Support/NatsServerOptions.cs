namespace HaNatsBridge.Tests.Support;

/// <summary>How a test's nats-server is started.</summary>
public sealed record NatsServerOptions
{
    public NatsServerVersion Version { get; init; } = NatsServerVersion.Newest;

    /// <summary>JetStream with a store in the server's own temporary directory, which a restart finds again.</summary>
    public bool JetStream { get; init; }

    /// <summary>Further lines of the configuration (authorization, accounts, tls, cluster, leafnodes, max_payload …).</summary>
    public string Config { get; init; } = string.Empty;

    /// <summary>0: a free one. A restart keeps it.</summary>
    public int Port { get; init; }

    public string Name { get; init; } = "test";

    /// <summary>The server speaks only after the TLS handshake (handshake_first), or never: an open port means ready.</summary>
    public bool SilentUntilHandshake { get; init; }

    /// <summary>Arguments of the command line besides the configuration.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
