using System.Text;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>Pictures as text.</summary>
internal static class Base64
{
    /// <summary>
    /// Decodes base64. As Python does, characters that do not belong to it are left out; a wrong length is an error.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] bytes)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var one in text)
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'+' or (byte)'/' or (byte)'=')
            {
                clean.Append((char)one);
            }
        }

        bytes = new byte[clean.Length];
        if (!Convert.TryFromBase64String(clean.ToString(), bytes, out var length))
        {
            bytes = [];
            return false;
        }

        bytes = bytes[..length];
        return true;
    }
}
