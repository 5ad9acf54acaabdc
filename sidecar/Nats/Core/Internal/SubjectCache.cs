using System.Text;

namespace NATS.Client.Core.Internal;

/// <summary>
/// Turns subject bytes into strings without making the same string again and again: a direct-mapped table, so its size is fixed and a miss costs one string. One reader only.
/// </summary>
internal sealed class SubjectCache
{
    private const int Size = 4096;
    private const int LongestCached = 256;

    private readonly string?[] _entries = new string?[Size];
    private readonly Encoding _encoding;

    public SubjectCache(Encoding encoding) => _encoding = encoding;

    /// <param name="bytes">The subject.</param>
    /// <param name="likely">The subscription's own subject, which most messages have.</param>
    public string Get(ReadOnlySpan<byte> bytes, string likely)
    {
        if (bytes.Length == likely.Length && Ascii.Equals(bytes, likely))
        {
            return likely;
        }

        if (bytes.Length > LongestCached)
        {
            return _encoding.GetString(bytes);
        }

        ref var entry = ref _entries[Hash(bytes) & (Size - 1)];
        if (entry is not null && entry.Length == bytes.Length && Ascii.Equals(bytes, entry))
        {
            return entry;
        }

        var text = _encoding.GetString(bytes);
        entry = text;
        return text;
    }

    /// <summary>FNV-1a over eight bytes at a time: subjects differ in few characters, and an attacker gains nothing but misses.</summary>
    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = 14695981039346656037UL;
        while (bytes.Length >= sizeof(ulong))
        {
            hash = (hash ^ System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 1099511628211UL;
            hash ^= hash >> 29;
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var b in bytes)
        {
            hash = (hash ^ b) * 1099511628211UL;
        }

        return (int)(hash ^ (hash >> 32));
    }
}
