using HaNatsBridge.Host.Embedded.Internal.Tls;

namespace HaNatsBridge.Host.Embedded;

/// <summary>The embedded server speaks TLS.</summary>
/// <param name="CertFile">The file with its certificate (PEM).</param>
/// <param name="KeyFile">The file with its key (PEM); may be the same.</param>
/// <param name="CaFile">The home's own authority, which devices must trust; null: the certificate was given by a person.</param>
public sealed record ServerTls(string CertFile, string KeyFile, string? CaFile)
{
    /// <summary>The host names and addresses that the certificate is for; empty when it cannot be read.</summary>
    public IReadOnlyList<string> ReadNames() => ServerCertificate.TryReadFile(CertFile)?.Names ?? [];
}
