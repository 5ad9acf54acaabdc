using System.Globalization;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HaNatsBridge.Host.Settings;

/// <summary>
/// A part of a structured section of <c>bridge.yaml</c>. Each error names the file, the line and the path, never the value, which
/// may be a secret.
/// </summary>
public sealed class SettingNode
{
    private readonly string _file;
    private readonly YamlNode _node;

    internal SettingNode(string file, string path, YamlNode node) => (_file, Path, _node) = (file, path, node);

    /// <summary>Where it is: <c>subjects[0].device</c>.</summary>
    public string Path { get; }

    /// <summary>Whether it is a list.</summary>
    public bool IsList => _node is YamlSequenceNode;

    /// <summary>Whether it has named members.</summary>
    public bool IsMap => _node is YamlMappingNode;

    /// <summary>Its text.</summary>
    /// <exception cref="SettingsException">It is a list or has members.</exception>
    public string Text => _node is YamlScalarNode { Value: { } text } ? text : throw Error("write one value");

    /// <summary>The members of a list; a single value or map counts as a list of one.</summary>
    public IReadOnlyList<SettingNode> Items => _node is YamlSequenceNode list
        ? [.. list.Children.Select((child, index) => new SettingNode(_file, $"{Path}[{index}]", child))]
        : [this];

    /// <summary>The named members.</summary>
    /// <exception cref="SettingsException">It has none.</exception>
    public IReadOnlyList<(string Name, SettingNode Node)> Members => _node is YamlMappingNode map
        ? [.. map.Children.Select(pair => (NameOf(pair.Key), new SettingNode(_file, $"{Path}.{NameOf(pair.Key)}", pair.Value)))]
        : throw Error("write settings with names below it, such as `name: value`");

    /// <summary>Whether it says that there is nothing: <c>null</c>, <c>~</c> or an empty value.</summary>
    public bool IsNull => _node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" };

    /// <summary>The whole as text, to see whether it has changed.</summary>
    internal string Fingerprint => ToJson()?.ToJsonString() ?? "null";

    /// <summary>A member; null: it is not there.</summary>
    /// <exception cref="SettingsException">This has no members at all.</exception>
    public SettingNode? Find(string name) => Members.FirstOrDefault(member => member.Name == name).Node;

    /// <summary>A member that must be there.</summary>
    /// <exception cref="SettingsException">It is not.</exception>
    public SettingNode Get(string name) => Find(name) ?? throw Error($"{name} is missing");

    /// <summary>What <paramref name="read"/> makes of its text.</summary>
    /// <exception cref="SettingsException"><paramref name="read"/> threw a <see cref="FormatException"/>.</exception>
    public T As<T>(Func<string, T> read)
    {
        try
        {
            return read(Text);
        }
        catch (FormatException exception)
        {
            throw Error(exception.Message);
        }
    }

    /// <summary>A time: <c>30s</c>, <c>5m</c>, <c>1h</c>, <c>500ms</c>, or a number of seconds.</summary>
    /// <exception cref="SettingsException">It is none, or beyond the bounds.</exception>
    public TimeSpan Time(TimeSpan least, TimeSpan most)
    {
        var units = new (string Unit, double Seconds)[] { ("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("", 1) };
        var (unit, seconds) = units.First(one => Text.EndsWith(one.Unit, StringComparison.Ordinal));
        return double.TryParse(Text[..^unit.Length].Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * seconds >= least.TotalSeconds && number * seconds <= most.TotalSeconds
                ? TimeSpan.FromSeconds(number * seconds)
                : throw Error($"write a time from {least.TotalSeconds:0.###}s to {most.TotalSeconds:0}s, like 30s, 5m or 1h");
    }

    /// <summary>Refuses members with other names.</summary>
    /// <exception cref="SettingsException">There is one.</exception>
    public void Allow(params IReadOnlyCollection<string> names)
    {
        foreach (var (name, node) in Members)
        {
            if (!names.Contains(name))
            {
                throw node.Error($"there is no such setting{DidYouMean.Hint(name, names)}");
            }
        }
    }

    /// <summary>The same as JSON: what YAML 1.2 reads as a number, a truth or null is one; <c>on</c> and <c>off</c> are texts.</summary>
    public JsonNode? ToJson() => _node switch
    {
        YamlMappingNode => new JsonObject(Members.Select(one => KeyValuePair.Create(one.Name, one.Node.ToJson()))),
        YamlSequenceNode => new JsonArray([.. Items.Select(item => item.ToJson())]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => null,
    };

    /// <summary>An error at this place.</summary>
    public SettingsException Error(string message) => new($"{_file}, line {_node.Start.Line}: {Path}: {message}");

    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
        {
            return text;
        }

        return text switch
        {
            "" or "~" or "null" => null,
            "true" or "True" => true,
            "false" or "False" => false,
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
            _ when char.IsAsciiDigit(text.TrimStart('-', '+', '.').FirstOrDefault())
                && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number) => number,
            _ => text,
        };
    }

    private string NameOf(YamlNode key) =>
        (key as YamlScalarNode)?.Value ?? throw new SettingsException($"{_file}, line {key.Start.Line}: a setting's name is a word");
}
