using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HaNatsBridge.Host.Link.Internal;

/// <summary>
/// Verifies the embedded server: it must show the certificate in the file that it is configured with, whoever issued it and
/// whatever names it has. The sidecar reaches it by an address of this machine, which a given certificate need not have.
/// </summary>
/// <param name="certFile">The file (PEM).</param>
internal sealed class ServerPin(string certFile)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _known = Read(certFile) is { } now ? [now] : [];

    /// <summary>
    /// Accepts what is in the file now, or was since the start: a server that has not loaded a renewed certificate yet shows the
    /// old one.
    /// </summary>
    public bool Accepts(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
    {
        lock (_lock)
        {
            if (Read(certFile) is { } now)
            {
                _known.Add(now);
            }

            return shown is not null && _known.Contains(Convert.ToHexString(SHA256.HashData(shown.GetRawCertData())));
        }
    }

    private static string? Read(string file)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
            return Convert.ToHexString(SHA256.HashData(certificate.RawData));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return null;
        }
    }
}
