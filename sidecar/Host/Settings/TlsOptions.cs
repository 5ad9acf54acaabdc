namespace HaNatsBridge.Host.Settings;

/// <summary>The certificate of the hub and the API.</summary>
public sealed record TlsOptions
{
    /// <summary>A PEM file with the certificate and its chain; null: no TLS.</summary>
    public string? Cert { get; init; }

    /// <summary>A PEM file with the private key; null: it stands in the certificate's file.</summary>
    public string? Key { get; init; }
}
