using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HaNatsBridge.Host.Settings.Internal;

/// <summary>
/// Reads <c>bridge.yaml</c> into flat keys: <c>nats: {url: …}</c> is <c>Nats:Url</c>. A root key <c>bridge</c> may stand around
/// it all. A section is read as a whole.
/// </summary>
internal static class SettingsYaml
{
    private const int MostBytes = 1024 * 1024;
    private const int MostDepth = 4;

    /// <param name="file">The file.</param>
    /// <param name="isSection">Whether a key's value is read as a whole.</param>
    public static IReadOnlyList<(string Key, string Where, IReadOnlyList<string> Values, SettingNode? Section)> Read(
        string file, Predicate<string> isSection)
    {
        try
        {
            if (new FileInfo(file).Length > MostBytes)
            {
                throw new SettingsException($"{file}: larger than {MostBytes / 1024} KiB; that is no settings file");
            }

            var yaml = new YamlStream();
            using (var reader = new StreamReader(file))
            {
                yaml.Load(reader);
            }

            var found = new List<(string, string, IReadOnlyList<string>, SettingNode?)>();
            if (yaml.Documents is [var document, ..])
            {
                Walk(file, "", Unwrap(document.RootNode), 0, isSection, found);
            }

            return found;
        }
        catch (YamlException exception)
        {
            throw new SettingsException($"{file}, line {exception.Start.Line}: {exception.Message}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{file}: {exception.Message}");
        }
    }

    private static YamlNode Unwrap(YamlNode root) =>
        root is YamlMappingNode { Children: { Count: 1 } only }
        && only.First() is { Key: YamlScalarNode { Value: { } name }, Value: YamlMappingNode inner }
        && name.Equals("bridge", StringComparison.OrdinalIgnoreCase)
            ? inner
            : root;

    private static void Walk(
        string file,
        string path,
        YamlNode node,
        int depth,
        Predicate<string> isSection,
        List<(string, string, IReadOnlyList<string>, SettingNode?)> found)
    {
        var where = $"{file}, line {node.Start.Line}: {path}";
        switch (node)
        {
            case YamlScalarNode { Value: null or "" or "~" or "null", Style: ScalarStyle.Plain }:
                break;
            case var _ when path.Length > 0 && isSection(path):
                var section = new SettingNode(file, path, node);
                found.Add((path, where, [section.Fingerprint], section));
                break;
            case YamlMappingNode map when depth < MostDepth:
                foreach (var (key, value) in map.Children)
                {
                    var name = (key as YamlScalarNode)?.Value
                        ?? throw new SettingsException($"{file}, line {key.Start.Line}: a setting's name is a word");
                    Walk(file, path.Length == 0 ? name : $"{path}:{name}", value, depth + 1, isSection, found);
                }

                break;
            case YamlScalarNode scalar when path.Length > 0:
                found.Add((path, where, [scalar.Value!], null));
                break;
            case YamlSequenceNode list when list.Children.All(child => child is YamlScalarNode):
                found.Add((path, where, [.. list.Children.Select(child => ((YamlScalarNode)child).Value ?? "")], null));
                break;
            default:
                throw new SettingsException($"{where}: expected a value, a list of values, or settings below it");
        }
    }
}
