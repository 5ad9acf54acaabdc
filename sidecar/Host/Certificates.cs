using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host;

/// <summary>Reads the certificate of the hub and the API.</summary>
internal static class Certificates
{
    /// <exception cref="SettingsException">The files hold no usable certificate and key.</exception>
    public static X509Certificate2 Load(string certificate, string? key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            var files = key is null ? $"--tls-cert {certificate}" : $"--tls-cert {certificate}, --tls-key {key}";
            throw new SettingsException($"{files}: {exception.Message}");
        }
    }
}
