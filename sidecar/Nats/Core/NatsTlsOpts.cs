using System.Net.Security;

namespace NATS.Client.Core;

/// <summary>TLS settings. All paths are PEM files unless said otherwise.</summary>
public sealed record NatsTlsOpts
{
    public static readonly NatsTlsOpts Default = new();

    /// <summary>Path of the client certificate (PEM); needs <see cref="KeyFile"/>; excludes <see cref="CertBundleFile"/>.</summary>
    public string? CertFile { get; init; }

    /// <summary>Path of the client certificate's private key (PEM).</summary>
    public string? KeyFile { get; init; }

    /// <summary>Password of an encrypted <see cref="KeyFile"/>.</summary>
    public string? KeyFilePassword { get; init; }

    /// <summary>Path of a PKCS#12 bundle with client certificate and key.</summary>
    public string? CertBundleFile { get; init; }

    /// <summary>Password of <see cref="CertBundleFile"/>.</summary>
    public string? CertBundleFilePassword { get; init; }

    /// <summary>Last word on the TLS options, after everything else here was applied.</summary>
    public Func<SslClientAuthenticationOptions, ValueTask>? ConfigureClientAuthentication { get; init; }

    /// <summary>Path of the certificate authorities to trust instead of the system's (PEM, one or more).</summary>
    public string? CaFile { get; init; }

    /// <summary>Accept any server certificate. For experiments only.</summary>
    public bool InsecureSkipVerify { get; init; }

    /// <summary>When to use TLS (default <see cref="TlsMode.Auto"/>).</summary>
    public TlsMode Mode { get; init; }

    internal bool HasTlsCerts =>
        CertFile is not null || KeyFile is not null || CertBundleFile is not null || CaFile is not null || ConfigureClientAuthentication is not null;
}
