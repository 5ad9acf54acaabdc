using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace NATS.Client.Core.Internal;

/// <summary>Turns <see cref="NatsTlsOpts"/> into what SslStream wants. Files are read at each connect, so renewed certificates are taken up.</summary>
internal static class TlsSettings
{
    public static TlsMode EffectiveMode(NatsTlsOpts opts, NatsUri uri) => opts.Mode switch
    {
        TlsMode.Auto => opts.HasTlsCerts || uri.IsTls ? TlsMode.Require : TlsMode.Prefer,
        _ => opts.Mode,
    };

    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public static async ValueTask<SslClientAuthenticationOptions> CreateAsync(NatsTlsOpts opts, string host, CancellationToken cancellationToken)
    {
        if (opts.CertFile is null != opts.KeyFile is null)
        {
            throw new ArgumentException("NatsTlsOpts.CertFile and NatsTlsOpts.KeyFile must both be set");
        }

        if (opts is { CertFile: not null, CertBundleFile: not null })
        {
            throw new ArgumentException("NatsTlsOpts.CertFile and NatsTlsOpts.CertBundleFile are mutually exclusive");
        }

        var options = new SslClientAuthenticationOptions { TargetHost = host, EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13 };
        if (opts.CaFile is not null)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(await File.ReadAllTextAsync(opts.CaFile, cancellationToken));
            options.CertificateChainPolicy = TrustOnly(authorities);
        }

        if (await LoadClientCertificateAsync(opts, cancellationToken) is { } context)
        {
            options.ClientCertificateContext = context;
        }

        if (opts.InsecureSkipVerify)
        {
#pragma warning disable CA5359 // asked for by name
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        if (opts.ConfigureClientAuthentication is { } configure)
        {
            await configure(options);
        }

        return options;
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        // A home's own authority publishes no revocation lists.
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private static async ValueTask<SslStreamCertificateContext?> LoadClientCertificateAsync(NatsTlsOpts opts, CancellationToken cancellationToken)
    {
        if (opts.CertBundleFile is not null)
        {
            var all = X509CertificateLoader.LoadPkcs12CollectionFromFile(opts.CertBundleFile, opts.CertBundleFilePassword);
            var leaf = all.FirstOrDefault(static x => x.HasPrivateKey) ?? throw new ArgumentException("NatsTlsOpts.CertBundleFile holds no private key");
            return SslStreamCertificateContext.Create(leaf, all, offline: true);
        }

        if (opts.CertFile is null || opts.KeyFile is null)
        {
            return null;
        }

        var certPem = await File.ReadAllTextAsync(opts.CertFile, cancellationToken);
        var keyPem = await File.ReadAllTextAsync(opts.KeyFile, cancellationToken);
        var certificate = opts.KeyFilePassword is null
            ? X509Certificate2.CreateFromPem(certPem, keyPem)
            : X509Certificate2.CreateFromEncryptedPem(certPem, keyPem, opts.KeyFilePassword);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(certPem);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}
