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
            throw new SettingsException($"--tls-cert {certificate}{(key is null ? "" : $", --tls-key {key}")}: {exception.Message}");
        }
    }
}
