using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Host.Settings;

namespace HaNatsBridge.Host.ConfiguredDevices;

/// <summary>
/// How an entity's state is read from a message: as it is, by a path (<c>data.items[0].power</c>), by a template, or as a map of
/// these, whose members are the state and its attributes.
/// </summary>
public sealed class ValueRule
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly TemplateText? _template;
    private readonly IReadOnlyList<object>? _path;
    private readonly IReadOnlyList<(string Name, ValueRule Rule)>? _members;

    private ValueRule(
        TemplateText? template = null, IReadOnlyList<object>? path = null, IReadOnlyList<(string Name, ValueRule Rule)>? members = null) =>
        (_template, _path, _members) = (template, path, members);

    /// <summary>The payload as it is: JSON, else text.</summary>
    public static ValueRule Payload { get; } = new();

    /// <summary>Whether it takes the payload as it is.</summary>
    public bool IsPayload => _template is null && _path is null && _members is null;

    /// <summary>Reads a rule; null: the payload as it is.</summary>
    /// <exception cref="SettingsException">It is wrong.</exception>
    public static ValueRule Read(SettingNode? node)
    {
        if (node is null)
        {
            return Payload;
        }

        if (node.IsMap)
        {
            return new ValueRule(members: [.. node.Members.Select(member => (member.Name, ReadOne(member.Node)))]);
        }

        return ReadOne(node);
    }

    /// <summary>
    /// The value: a text, a JSON value, or null for "unknown". False: the message says nothing about this entity.
    /// </summary>
    /// <exception cref="FormatException">The message cannot be read so; what is wrong.</exception>
    public bool TryRead(ForeignMessage message, out object? value)
    {
        value = null;
        if (_members is not null)
        {
            var state = new JsonObject();
            foreach (var (name, rule) in _members)
            {
                if (rule.TryRead(message, out var one))
                {
                    state[name] = one is null ? null : JsonSerializer.SerializeToNode(one);
                }
            }

            value = state;
            return state.Count > 0;
        }

        if (_template is not null)
        {
            return TryRender(message, out value);
        }

        if (message.Json is not { } json)
        {
            value = _path is null ? TextOf(message.Payload) : throw new FormatException("the payload is no JSON");
            return true;
        }

        return TryFollow(json, out value);
    }

    private static ValueRule ReadOne(SettingNode node)
    {
        if (TemplateText.IsTemplate(node.Text))
        {
            return new ValueRule(template: TemplateText.Read(node));
        }

        var path = new List<object>();
        foreach (var step in node.Text.Replace("[", ".[", StringComparison.Ordinal).Split('.').Where(step => step != "$"))
        {
            var isIndex = step is ['[', .., ']'];
            var name = isIndex ? step[1..^1] : step;
            path.Add((isIndex, int.TryParse(name, out var index) && index >= 0) switch
            {
                (true, false) => throw node.Error("write a path like data.items[0].power, or a template like {{ value_json.power }}"),
                (_, true) => index,
                _ when name.Length is 0 => throw node.Error("a step of the path is empty"),
                _ => name,
            });
        }

        return new ValueRule(path: path);
    }

    private static string TextOf(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length == 0)
        {
            throw new FormatException("the payload is empty");
        }

        if (payload.Span[0] is (byte)'{' or (byte)'[')
        {
            throw new FormatException("the payload begins like JSON and is none");
        }

        try
        {
            return Strict.GetString(payload.Span);
        }
        catch (DecoderFallbackException)
        {
            throw new FormatException("the payload is no text");
        }
    }

    private bool TryRender(ForeignMessage message, out object? value)
    {
        var text = _template!.Render(message.Variables, message.Payload);
        value = text switch
        {
            "None" or "null" => null,
            "True" => true,
            "False" => false,
            ['[' or '{', ..] => ParseOr(text),
            _ => text,
        };
        return text.Length > 0;
    }

    private static object ParseOr(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private bool TryFollow(JsonElement json, out object? value)
    {
        value = null;
        foreach (var step in _path ?? [])
        {
            // A name of digits is an index where there is a list, and a name where there is an object.
            if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty($"{step}", out var member))
            {
                json = member;
            }
            else if (json.ValueKind == JsonValueKind.Array && step is int index && index < json.GetArrayLength())
            {
                json = json[index];
            }
            else
            {
                return false;
            }
        }

        value = json.ValueKind == JsonValueKind.Null ? null : json;
        return true;
    }
}
