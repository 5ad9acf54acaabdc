using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.Pictures;
using HaNatsBridge.Host.ConfiguredDevices.Internal;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>An entity of the settings.</summary>
/// <param name="Key">Its key, with placeholders.</param>
/// <param name="Platform">Home Assistant's platform.</param>
/// <param name="Fields">The fields that are announced, with placeholders.</param>
/// <param name="Value">How its state is read.</param>
/// <param name="Node">Where it is written.</param>
public sealed record EntityConfig(string Key, string Platform, JsonObject Fields, ValueRule Value, SettingNode Node)
{
    private static readonly string[] Own = ["key", "platform", "value"];

    /// <summary>Whether its messages are events.</summary>
    public bool IsEvent => Platform == "event";

    /// <summary>Whether its messages are pictures.</summary>
    public bool IsPicture => Value.IsPayload && PictureTypes.Platforms.Contains(Platform) && Platform != "media_player";

    /// <summary>Reads an entity: its own words, those that are not for it, and otherwise the fields of its announcement.</summary>
    /// <param name="node">The map.</param>
    /// <param name="key">The usual key; null: it must be given.</param>
    /// <param name="others">Words in the map that are not the entity's fields.</param>
    /// <exception cref="SettingsException">Something is missing or wrong.</exception>
    public static EntityConfig Read(SettingNode node, string? key, IReadOnlyCollection<string> others)
    {
        var keyNode = node.Find("key");
        key = keyNode?.Text ?? key ?? throw node.Error("give the entity a key: key: temperature");
        if (Placeholders.Highest(key) == 0 && !Token.IsValid(key))
        {
            throw (keyNode ?? node).Error($"the key {key} is not 1 to 64 of the characters A-Z a-z 0-9 _ -");
        }

        var fields = new JsonObject();
        foreach (var (name, member) in node.Members)
        {
            if (!Own.Contains(name) && !others.Contains(name))
            {
                fields[name] = member.ToJson();
            }
        }

        return new EntityConfig(key, node.Find("platform")?.Text ?? "sensor", fields, ValueRule.Read(node.Find("value")), node);
    }

    /// <summary>The value of this entity in a message; false: the message says nothing about it.</summary>
    /// <exception cref="FormatException">The message cannot be read so; what is wrong.</exception>
    public bool TryRead(ForeignMessage message, out object? value)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (IsEvent && Value.IsPayload && message.Payload.Length == 0)
        {
            // That it came is the event.
            value = null;
            return true;
        }

        return Value.TryRead(message, out value);
    }

    /// <summary>What it announces for these words. Without a name and a device class it has its key's.</summary>
    public ConfiguredEntity For(IReadOnlyList<string> words)
    {
        var key = Placeholders.Fill(Key, words);
        var fields = Placeholders.Fill(Fields, words)!.AsObject();
        if (!fields.ContainsKey("name") && !fields.ContainsKey("device_class"))
        {
            fields["name"] = Names.Of(key);
        }

        return new ConfiguredEntity(key, Platform, fields);
    }
}

/// <summary>An entity as it is announced.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Platform">Home Assistant's platform.</param>
/// <param name="Fields">Its fields.</param>
public sealed record ConfiguredEntity(string Key, string Platform, JsonObject Fields);
