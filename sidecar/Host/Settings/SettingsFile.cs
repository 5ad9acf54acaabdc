using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace HaNatsBridge.Host.Settings;

/// <summary>Adds to the text of a settings file, and leaves everything else in it as it is, comments too.</summary>
public static class SettingsFile
{
    /// <summary>The text with one more item in a list: <c>{section}: {list}: [… item]</c>.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="text">Its text; empty: there is none yet.</param>
    /// <param name="section">The key of the section, in small letters.</param>
    /// <param name="list">The key of the list in it, in small letters.</param>
    /// <param name="item">The item.</param>
    /// <returns>The new text; null: the item is there already.</returns>
    /// <exception cref="SettingsException">The file is written in another way; what is to be added by hand.</exception>
    public static string? WithItem(string file, string text, string section, string list, string item)
    {
        var quoted = $"'{item.Replace("'", "''", StringComparison.Ordinal)}'";
        if (ItemsOf(file, text, section, list).Contains(item))
        {
            return null;
        }

        var added = Add(file, text, section, list, quoted);
        return added is not null && ItemsOf(file, added, section, list).Contains(item)
            ? added
            : throw new SettingsException(
                $"{file} is written in a way that is not changed by itself. Add the item to the list {section}: {list}: there.");
    }

    /// <summary>The items of a list.</summary>
    /// <exception cref="SettingsException">The text is no YAML.</exception>
    public static IReadOnlyList<string> ItemsOf(string file, string text, string section, string list) =>
        Find(Find(Root(file, text), section) as YamlMappingNode, list) is YamlSequenceNode items
            ? [.. items.Children.OfType<YamlScalarNode>().Select(one => one.Value ?? "")]
            : [];

    private static string? Add(string file, string text, string section, string list, string quoted)
    {
        var ending = text.Length == 0 || text.EndsWith('\n') ? "" : "\n";
        if (Root(file, text) is not { } root)
        {
            return $"{text}{ending}{section}:\n  {list}:\n    - {quoted}\n";
        }

        if (Find(root, section) is not { } found)
        {
            return root.Style == MappingStyle.Flow || root.Start.Column != 1
                ? null
                : $"{text}{ending}{section}:\n  {list}:\n    - {quoted}\n";
        }

        if (Find(found as YamlMappingNode, list) is not YamlSequenceNode { Style: not SequenceStyle.Flow, Children: [.., var last] })
        {
            return null;
        }

        // After the line of the last item, as far to the right.
        var lines = text.Split('\n').ToList();
        var line = lines[(int)last.Start.Line - 1];
        lines.Insert((int)last.Start.Line, $"{line[..(line.IndexOf('-', StringComparison.Ordinal) + 1)]} {quoted}");
        return string.Join('\n', lines);
    }

    private static YamlMappingNode? Root(string file, string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            var root = yaml.Documents is [var document, ..] ? document.RootNode as YamlMappingNode : null;
            return root is { Children.Count: 1 } && Find(root, "bridge") is YamlMappingNode inner ? inner : root;
        }
        catch (YamlException exception)
        {
            throw new SettingsException($"{file}, line {exception.Start.Line}: {exception.Message}");
        }
    }

    private static YamlNode? Find(YamlMappingNode? map, string key) => map?.Children
        .Where(pair => pair.Key is YamlScalarNode { Value: { } name } && Setting.Normalise(name) == Setting.Normalise(key))
        .Select(pair => pair.Value).FirstOrDefault();
}
