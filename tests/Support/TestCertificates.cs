using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HaNatsBridge.Tests.Support;

/// <summary>
/// An authority, a server certificate for localhost and 127.0.0.1, and a client certificate, as PEM files in a directory that is
/// deleted with it.
/// </summary>
public sealed class TestCertificates : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nats-tls-");

    public TestCertificates()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(CaFile, authority.ExportCertificatePem());
        Issue(authority, "CN=localhost", "1.3.6.1.5.5.7.3.1", ServerCertFile, ServerKeyFile);
        Issue(authority, "CN=device", "1.3.6.1.5.5.7.3.2", ClientCertFile, ClientKeyFile);
    }

    public string CaFile => PathOf("ca.pem");

    public string ServerCertFile => PathOf("server.pem");

    public string ServerKeyFile => PathOf("server.key");

    public string ClientCertFile => PathOf("client.pem");

    public string ClientKeyFile => PathOf("client.key");

    /// <summary>The client certificate as PKCS#12, without a password.</summary>
    public string ClientBundleFile
    {
        get
        {
            using var certificate = X509Certificate2.CreateFromPemFile(ClientCertFile, ClientKeyFile);
            File.WriteAllBytes(PathOf("client.p12"), certificate.Export(X509ContentType.Pkcs12));
            return PathOf("client.p12");
        }
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private static void Issue(X509Certificate2 authority, string name, string usage, string certFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.Create(authority, now.AddHours(-1), now.AddHours(12), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(certFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);
}
