using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Mqtt.Config;

namespace HaNatsBridge.Mqtt;

/// <summary>Safe tokens made of foreign ids: always the same one for the same text, and no two texts with one token.</summary>
public static class MqttNames
{
    private const int Kept = 50;

    /// <summary>
    /// The entity id of an entity as <see cref="IMqttHomeListener.Describe"/> has it: its <c>default_entity_id</c>, else the one
    /// that Home Assistant makes of the names in English. It may choose another where that one is taken.
    /// </summary>
    /// <param name="device">The fields of the device.</param>
    /// <param name="platform">The entity's platform.</param>
    /// <param name="fields">The fields of the entity.</param>
    public static string EntityIdOf(JsonObject device, string platform, JsonObject fields)
    {
        if (OptionReader.TextOf(fields["default_entity_id"]) is { } wanted)
        {
            return wanted;
        }

        var own = OptionReader.TextOf(fields["name"])
            ?? (fields.ContainsKey("name") ? null : OptionReader.TextOf(fields["device_class"]));
        var names = new[] { OptionReader.TextOf(device["suggested_area"]), OptionReader.TextOf(device["name"]), own };
        return $"{platform}.{Slug.Of(string.Join(' ', names.OfType<string>()))}";
    }

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
