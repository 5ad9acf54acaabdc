using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HaNatsBridge.Host.Embedded.Internal.Tls;

/// <summary>What matters of a server certificate.</summary>
/// <param name="Names">The host names and addresses that it is for.</param>
/// <param name="Begin">From when on it is valid.</param>
/// <param name="End">Until when it is valid.</param>
/// <param name="Raw">The certificate itself.</param>
internal sealed record ServerCertificate(IReadOnlyList<string> Names, DateTimeOffset Begin, DateTimeOffset End, byte[] Raw)
{
    /// <summary>Null when the text has no certificate.</summary>
    public static ServerCertificate? TryRead(string pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
            var addresses = alternatives?.EnumerateIPAddresses().Select(address => address.ToString()) ?? [];
            return new ServerCertificate(
                [.. (alternatives?.EnumerateDnsNames() ?? []).Concat(addresses)],
                certificate.NotBefore,
                certificate.NotAfter,
                certificate.RawData);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>Null when the file cannot be read, or has no certificate.</summary>
    public static ServerCertificate? TryReadFile(string path)
    {
        try
        {
            return TryRead(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public bool IsIssuedBy(X509Certificate2 authority)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(Raw);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }
}
