using System.Buffers;

namespace HaNatsBridge.Contract.Identity;

/// <summary>
/// The one rule for <c>{type}</c>, <c>{id}</c> and <c>{key}</c>: <c>[A-Za-z0-9_-]{1,64}</c> (docs/devices.md, "Names"), so that
/// an id can never be a wildcard, a second subject token or a KV path.
/// </summary>
public static class Token
{
    /// <summary>The longest token.</summary>
    public const int MaxLength = 64;

    /// <summary>What a message says where a token is missing or wrong.</summary>
    public const string Expected = "expected 1 to 64 of the characters A-Z a-z 0-9 _ -";

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    private static readonly SearchValues<char> Allowed = SearchValues.Create(Alphabet);
    private static readonly SearchValues<byte> AllowedUtf8 = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"u8);

    /// <summary>Whether the text is a safe token.</summary>
    public static bool IsValid(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= MaxLength && !text.ContainsAnyExcept(Allowed);

    /// <summary>Whether the UTF-8 text is a safe token.</summary>
    public static bool IsValid(ReadOnlySpan<byte> utf8) =>
        utf8.Length is > 0 and <= MaxLength && !utf8.ContainsAnyExcept(AllowedUtf8);
}
