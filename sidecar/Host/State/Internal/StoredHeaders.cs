using System.Text;

namespace HaNatsBridge.Host.State.Internal;

/// <summary>Reads the header block of a message that was asked for by the JetStream API: base64 of <c>NATS/1.0\r\nName: value\r\n\r\n</c>.</summary>
internal static class StoredHeaders
{
    public static bool Has(string? block, string name) => Find(block, name) is not null;

    /// <summary>The value; null when there is no such header or the block is no header block.</summary>
    public static string? Find(string? block, string name)
    {
        if (string.IsNullOrEmpty(block))
        {
            return null;
        }

        var bytes = new byte[block.Length];
        if (!Convert.TryFromBase64String(block, bytes, out var length))
        {
            return null;
        }

        foreach (var line in Encoding.UTF8.GetString(bytes, 0, length).Split("\r\n"))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon == name.Length && line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                return line[(colon + 1)..].Trim();
            }
        }

        return null;
    }
}
