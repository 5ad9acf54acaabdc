using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace HaNatsBridge.Host.Settings;

/// <summary>Reads a certificate and its key from the files that two settings name.</summary>
public static class CertificateFiles
{
    /// <param name="certificateFlag">The setting that names the certificate.</param>
    /// <param name="certificate">The file (PEM) with the certificate.</param>
    /// <param name="keyFlag">The setting that names the key.</param>
    /// <param name="key">The file (PEM) with the key; null: it is in the certificate's file.</param>
    /// <exception cref="SettingsException">The files hold no usable certificate and key.</exception>
    public static X509Certificate2 Load(string certificateFlag, string certificate, string keyFlag, string? key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (Exception exception) when (
            exception is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            var files = key is null
                ? $"{certificateFlag} {certificate}" : $"{certificateFlag} {certificate}, {keyFlag} {key}";
            throw new SettingsException($"{files}: {exception.Message}");
        }
    }
}
