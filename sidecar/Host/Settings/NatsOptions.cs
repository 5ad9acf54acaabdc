namespace HaNatsBridge.Host.Settings;

/// <summary>Which NATS server the sidecar uses.</summary>
public sealed record NatsOptions
{
    /// <summary>A configured server, <c>nats://host:4222</c>, several separated by commas; null: the embedded server.</summary>
    public string? Url { get; init; }

    /// <summary>A <c>.creds</c> file for the home's account.</summary>
    public string? Creds { get; init; }

    /// <summary>A <c>.creds</c> file for the system account.</summary>
    public string? SystemCreds { get; init; }

    /// <summary>
    /// Where the embedded server listens; null: 127.0.0.1:4222, or, where that is taken, a free port, chosen once.
    /// </summary>
    public string? Listen { get; init; }

    /// <summary>Where the embedded server takes MQTT clients; null: nowhere. Port 0: a free one, chosen once.</summary>
    public string? MqttListen { get; init; }

    /// <summary>A PEM file with the issuer of that server's certificate; null: the system's own.</summary>
    public string? Ca { get; init; }

    /// <summary>
    /// The embedded server's certificate (PEM); null: where other machines reach it, the home's own, else plain text.
    /// </summary>
    public string? TlsCert { get; init; }

    /// <summary>Its private key (PEM); null: it is in the certificate's file.</summary>
    public string? TlsKey { get; init; }

    /// <summary>Further host names and addresses in the home's own certificate.</summary>
    public IReadOnlyList<string> TlsNames { get; init; } = [];

    /// <summary>Whether the embedded server speaks plain text also where other machines reach it.</summary>
    public bool Plain { get; init; }

    /// <summary>Whether the embedded server takes nobody without credentials, also where it listens on loopback only.</summary>
    public bool NoAnonymous { get; init; }

    /// <summary>
    /// Further subjects on which the embedded server lets clients without credentials publish, if it takes them at all.
    /// </summary>
    public IReadOnlyList<string> OpenPublish { get; init; } = [];

    /// <summary>Further subjects that it lets them subscribe.</summary>
    public IReadOnlyList<string> OpenSubscribe { get; init; } = [];

    /// <summary>The embedded server's program; null: <c>nats-server</c> on the PATH.</summary>
    public string? ServerProgram { get; init; }
}
