using System.Security.Cryptography;
using System.Text;
using HaNatsBridge.Contract.Identity;

namespace HaNatsBridge.Mqtt;

/// <summary>Safe tokens made of foreign ids: always the same one for the same text, and no two texts with one token.</summary>
public static class MqttNames
{
    private const int Kept = 50;

    /// <summary>The text itself where it is a token, else what is left of it with a part of its hash.</summary>
    public static string TokenOf(string text)
    {
        if (Token.IsValid(text))
        {
            return text;
        }

        var safe = new StringBuilder(Kept);
        foreach (var character in text)
        {
            if (safe.Length == Kept)
            {
                break;
            }

            if (char.IsAsciiLetterOrDigit(character) || character is '_' or '-')
            {
                safe.Append(character);
            }
            else if (safe.Length > 0 && safe[^1] != '-')
            {
                safe.Append('-');
            }
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
        return safe.Length == 0 ? hash : $"{safe.ToString().TrimEnd('-')}-{hash}";
    }
}
