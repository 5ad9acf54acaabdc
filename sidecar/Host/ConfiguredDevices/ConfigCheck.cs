using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>Checks devices of the settings at the start, as the home will check their announcement.</summary>
public static class ConfigCheck
{
    private const string FirstEntity = "entities[0]";

    /// <summary>Checks a device with its entities.</summary>
    /// <param name="device">The device.</param>
    /// <param name="entities">Its entities.</param>
    /// <param name="words">Examples of the words that only messages tell.</param>
    /// <exception cref="SettingsException">The first thing that is wrong, where it is written.</exception>
    public static void Check(DeviceConfig device, IEnumerable<EntityConfig> entities, IReadOnlyList<string> words)
    {
        foreach (var entity in entities)
        {
            Check(device, entity, words);
        }
    }

    /// <summary>Refuses entities that are made twice.</summary>
    /// <param name="entities">The entities with placeholders.</param>
    /// <exception cref="SettingsException">Two are the same.</exception>
    public static void CheckUnique(IEnumerable<(DeviceConfig Device, EntityConfig Entity)> entities)
    {
        var known = new Dictionary<string, SettingNode>(StringComparer.Ordinal);
        foreach (var (device, entity) in entities)
        {
            var name = $"{device.Type}.{device.Id}.{entity.Key}";
            if (!known.TryAdd(name, entity.Node))
            {
                throw entity.Node.Error($"{known[name].Path} makes the entity {name} already; give one of them another key");
            }
        }
    }

    private static void Check(DeviceConfig device, EntityConfig entity, IReadOnlyList<string> words)
    {
        var (key, platform, fields) = entity.For(words);
        var description = fields.DeepClone().AsObject();
        (description["key"], description["platform"]) = (key, platform);
        var announcement = device.FieldsFor(words);
        announcement["schema"] = AnnouncementReader.Schema;
        announcement["type"] = device.Type;
        announcement["id"] = device.IdFor(words)?.Id ?? throw device.Node.Error("the device's id becomes no word");
        announcement["entities"] = new JsonArray(description);
        var result = AnnouncementReader.Read(Encoding.UTF8.GetBytes(announcement.ToJsonString()));
        var wrong = result.Errors.Concat(result.Warnings.Where(warning => warning.Code == AnnounceCodes.UnknownField)).FirstOrDefault();
        if (wrong is null)
        {
            return;
        }

        var isEntity = wrong.Path.StartsWith(FirstEntity, StringComparison.Ordinal);
        var node = isEntity ? entity.Node : device.Node;
        var path = isEntity ? wrong.Path[FirstEntity.Length..].TrimStart('.') : wrong.Path;
        var field = path.Split('.', '[')[0];
        var at = field.Length > 0 && node.IsMap ? node.Find(field) : null;
        throw (at ?? node).Error(at is null && path.Length > 0 ? $"{path}: {wrong.Message}" : wrong.Message);
    }
}
