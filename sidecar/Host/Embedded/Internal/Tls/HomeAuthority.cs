using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using HaNatsBridge.Host.DataFolder;

namespace HaNatsBridge.Host.Embedded.Internal.Tls;

/// <summary>
/// The home's own certificate authority and the server certificate that it issues. In <c>nats/tls/</c> of the data folder:
/// <c>ca.key</c> (key and certificate of the authority), <c>ca.pem</c> (its certificate, for devices), <c>server.pem</c>
/// (certificate and key of the server). Key and certificate share a file, so that they always fit.
/// </summary>
/// <remarks>
/// An authority is made once and stays: devices know it. P-256 and the extensions are what OpenSSL (also with
/// <c>VERIFY_X509_STRICT</c>), Go, mbedTLS and BearSSL accept.
/// </remarks>
internal sealed class HomeAuthority(IDataFolder folder, TimeProvider time)
{
    /// <summary>Longer than any device lives: a new authority has to be given to all of them.</summary>
    private const int AuthorityYears = 20;

    /// <summary>The longest that some TLS libraries take from a private authority.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(825);

    /// <summary>A certificate with less left is renewed at a start.</summary>
    private static readonly TimeSpan RenewedBefore = Lifetime / 3;

    /// <summary>For devices whose clock is slow.</summary>
    private static readonly TimeSpan Backdated = TimeSpan.FromDays(1);

    /// <summary>What a certificate of before has is taken over, up to this many names.</summary>
    private const int MostNames = 64;

    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";

    /// <summary>For devices.</summary>
    public string CaFile => folder.PathOf("nats", "tls", "ca.pem");

    /// <summary>Certificate and key of the server.</summary>
    public string ServerFile => folder.PathOf("nats", "tls", "server.pem");

    private string KeyFile => folder.PathOf("nats", "tls", "ca.key");

    /// <summary>Whether there is a server certificate.</summary>
    public bool Exists => File.Exists(ServerFile);

    /// <summary>
    /// Makes what is missing, and a new server certificate where the present one ends soon, lacks a name, or was issued by another
    /// authority. Returns whether it made one.
    /// </summary>
    /// <exception cref="EmbeddedServerException">The authority cannot be used; the message says what to do.</exception>
    public bool Ensure(IReadOnlyList<string> names)
    {
        using var authority = LoadOrMake();
        var present = ReadServer();
        if (present is not null && IsGood(present, authority, names))
        {
            return false;
        }

        Issue(authority, [.. names.Concat(present?.Names ?? []).Distinct(StringComparer.OrdinalIgnoreCase).Take(MostNames)]);
        return true;
    }

    /// <summary>Makes a new server certificate, with these names and those of the present one.</summary>
    /// <exception cref="EmbeddedServerException">The authority cannot be used; the message says what to do.</exception>
    public HomeCertificate Renew(IReadOnlyList<string> names)
    {
        using var authority = LoadOrMake();
        var all = names.Concat(ReadServer()?.Names ?? []).Distinct(StringComparer.OrdinalIgnoreCase).Take(MostNames);
        Issue(authority, [.. all]);
        var made = ReadServer()!;
        return new HomeCertificate(CaFile, authority.NotAfter, made.Names, made.End);
    }

    private ServerCertificate? ReadServer() =>
        folder.ReadPrivate(ServerFile) is { } content ? ServerCertificate.TryRead(Encoding.ASCII.GetString(content)) : null;

    private bool IsGood(ServerCertificate present, X509Certificate2 authority, IReadOnlyList<string> names)
    {
        var now = time.GetUtcNow();
        return present.Begin <= now && present.End - now > Min(RenewedBefore, (authority.NotAfter - now) / 2)
            && present.IsIssuedBy(authority) && names.All(name => present.Names.Contains(name, StringComparer.OrdinalIgnoreCase));
    }

    private X509Certificate2 LoadOrMake()
    {
        if (folder.ReadPrivate(KeyFile) is not { } content)
        {
            // Without its key nothing was ever issued by it, or nothing can be issued any more: devices need the new one.
            return Make();
        }

        try
        {
            var text = Encoding.ASCII.GetString(content);
            var authority = X509Certificate2.CreateFromPem(text, text);
            if (authority.NotAfter.ToUniversalTime() <= time.GetUtcNow().UtcDateTime)
            {
                throw new EmbeddedServerException(
                    $"The home's certificate authority ({KeyFile}) ended on {authority.NotAfter:yyyy-MM-dd}. "
                    + "Delete the file, restart, and give every device the new ca.pem.");
            }

            var certificate = Encoding.ASCII.GetBytes(authority.ExportCertificatePem() + "\n");
            if (folder.ReadPrivate(CaFile) is not { } known || !known.AsSpan().SequenceEqual(certificate))
            {
                folder.WritePrivate(CaFile, certificate);
            }

            return authority;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new EmbeddedServerException(
                $"{KeyFile} cannot be read: {exception.Message} Restore it from a backup; or delete it, restart, "
                + "and give every device the new ca.pem.");
        }
    }

    private X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = $"CN=HaNatsBridge home {RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = time.GetUtcNow();
        var authority = request.CreateSelfSigned(now - Backdated, now.AddYears(AuthorityYears));
        folder.WritePrivate(
            KeyFile, Encoding.ASCII.GetBytes($"{key.ExportPkcs8PrivateKeyPem()}\n{authority.ExportCertificatePem()}\n"));
        folder.WritePrivate(CaFile, Encoding.ASCII.GetBytes(authority.ExportCertificatePem() + "\n"));
        return authority;
    }

    private void Issue(X509Certificate2 authority, IReadOnlyList<string> names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=HaNatsBridge nats-server", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUsage)], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        request.CertificateExtensions.Add(Alternatives(names));
        var now = time.GetUtcNow();
        var begin = Max(now - Backdated, new DateTimeOffset(authority.NotBefore));
        var end = Min(now + Lifetime, new DateTimeOffset(authority.NotAfter));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7f;
        using var certificate = request.Create(authority, begin, end, serial);
        folder.WritePrivate(
            ServerFile, Encoding.ASCII.GetBytes($"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n"));
    }

    private static X509Extension Alternatives(IReadOnlyList<string> names)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name.ToLower(CultureInfo.InvariantCulture));
            }
        }

        return alternatives.Build();
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static DateTimeOffset Min(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
