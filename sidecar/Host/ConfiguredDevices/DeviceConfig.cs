using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Host.ConfiguredDevices.Internal;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>A device of the settings.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Id">Its id, with placeholders.</param>
/// <param name="Fields">The fields that it announces, with placeholders.</param>
/// <param name="Node">Where it is written.</param>
public sealed record DeviceConfig(string Type, string Id, JsonObject Fields, SettingNode Node)
{
    private static readonly string[] Own = ["type", "id"];

    /// <summary>Reads a device.</summary>
    /// <param name="node">The map; null: only what is usual.</param>
    /// <param name="parent">Where it belongs to.</param>
    /// <param name="type">The usual type; null: it must be given.</param>
    /// <param name="id">The usual id; null: it must be given.</param>
    /// <exception cref="SettingsException">Something is missing or wrong.</exception>
    public static DeviceConfig Read(SettingNode? node, SettingNode parent, string? type, string? id)
    {
        var fields = new JsonObject();
        foreach (var (name, member) in node?.Members ?? [])
        {
            if (!Own.Contains(name))
            {
                fields[name] = member.ToJson();
            }
        }

        var typeNode = node?.Find("type");
        type = typeNode?.Text ?? type ?? throw (node ?? parent).Error("give the device a type and an id: device: {type: pump, id: cellar}");
        if (!Token.IsValid(type))
        {
            throw (typeNode ?? parent).Error($"the device's type {type} is not 1 to 64 of the characters A-Z a-z 0-9 _ -");
        }

        var idNode = node?.Find("id");
        id = idNode?.Text ?? id ?? throw (node ?? parent).Error("give the device an id: device: {type: pump, id: cellar}");
        if (Placeholders.Highest(id) == 0 && !Token.IsValid(id))
        {
            throw (idNode ?? parent).Error($"the device's id {id} is not 1 to 64 of the characters A-Z a-z 0-9 _ -");
        }

        return new DeviceConfig(type, id, fields, node ?? parent);
    }

    /// <summary>The device for these words; null where they make no id.</summary>
    public DeviceId? IdFor(IReadOnlyList<string> words)
    {
        var id = Placeholders.Fill(Id, words);
        return Token.IsValid(id) ? new DeviceId(Type, id) : null;
    }

    /// <summary>What it announces for these words. Without a name it has its id's.</summary>
    public JsonObject FieldsFor(IReadOnlyList<string> words)
    {
        var fields = Placeholders.Fill(Fields, words)!.AsObject();
        fields.TryAdd("name", Names.Of(Placeholders.Fill(Id, words)));
        return fields;
    }
}
