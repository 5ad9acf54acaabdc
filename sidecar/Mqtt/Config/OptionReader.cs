using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Mqtt.Discovery;
using HaNatsBridge.Templates;

namespace HaNatsBridge.Mqtt.Config;

/// <summary>
/// Reads the options of a component as Home Assistant's configuration checks do. What is wrong goes to <see cref="Errors"/>,
/// and the option counts as absent; a component with errors is not used.
/// </summary>
internal sealed class OptionReader(JsonObject options, TemplateOptions templates, string path = "")
{
    private readonly List<ContractError> _errors = [];
    private Encoding _outgoing = System.Text.Encoding.UTF8;

    /// <summary>What is wrong so far.</summary>
    public IReadOnlyList<ContractError> Errors => _errors;

    /// <summary>How templates are compiled and rendered.</summary>
    public TemplateOptions Templates => templates;

    /// <summary>Whether the option is there, null included.</summary>
    public bool Has(string name) => options.ContainsKey(name);

    /// <summary>The option as it is.</summary>
    public JsonNode? Node(string name) => options[name];

    /// <summary>Notes that an option is wrong.</summary>
    public void Fail(string name, string message, string code = AnnounceCodes.InvalidValue)
    {
        var error = new ContractError(path + name, code, message);
        if (!_errors.Contains(error))
        {
            _errors.Add(error);
        }
    }

    /// <summary>A text; numbers and booleans become theirs, as in Home Assistant (<c>true</c> is <c>True</c>).</summary>
    public string? Text(string name)
    {
        if (!options.TryGetPropertyValue(name, out var node))
        {
            return null;
        }

        if (TextOf(node) is { } text)
        {
            return text;
        }

        Fail(name, "expected a text");
        return null;
    }

    /// <summary>A text, or the default where there is none.</summary>
    public string Text(string name, string otherwise) => Text(name) ?? otherwise;

    /// <summary>A text that may be null: then the option is given and empty.</summary>
    public string? NullableText(string name) => options[name] is null ? null : Text(name);

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string name)
    {
        if (!options.ContainsKey(name))
        {
            Fail(name, "expected a text", AnnounceCodes.MissingField);
        }

        return Text(name) ?? "";
    }

    /// <summary>A list of texts; a single one is a list of one.</summary>
    public IReadOnlyList<string>? Texts(string name)
    {
        switch (options[name])
        {
            case null:
                return null;
            case JsonArray list:
                var texts = list.Select(TextOf).ToList();
                if (texts.Contains(null))
                {
                    Fail(name, "expected a list of texts");
                    return null;
                }

                return texts!;
            default:
                return Text(name) is { } text ? [text] : null;
        }
    }

    /// <summary>A number; a text with one is taken.</summary>
    public double? Number(string name)
    {
        var node = options[name];
        if (node is null)
        {
            return null;
        }

        if (node is JsonValue value && value.GetValueKind() == JsonValueKind.Number && value.TryGetValue(out double number))
        {
            return number;
        }

        if (TextOf(node) is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number))
        {
            return number;
        }

        Fail(name, "expected a number");
        return null;
    }

    /// <summary>A whole number that is not negative.</summary>
    public int? Whole(string name, int most = int.MaxValue)
    {
        var number = Number(name);
        if (number is null or >= 0 && (number is null || number <= most))
        {
            return (int?)number;
        }

        Fail(name, most == int.MaxValue ? "expected a whole number from 0" : $"expected a whole number from 0 to {most}");
        return null;
    }

    /// <summary>A whole number, negative ones too; fractions are cut off.</summary>
    public int Integer(string name, int otherwise)
    {
        var number = Number(name);
        if (number is null or (>= int.MinValue and <= int.MaxValue))
        {
            return (int?)number ?? otherwise;
        }

        Fail(name, "expected a whole number");
        return otherwise;
    }

    /// <summary>One of several words; the first one of <paramref name="words"/> is the default.</summary>
    public string Word(string name, params ReadOnlySpan<string> words)
    {
        var text = Text(name, words[0]);
        if (!words.Contains(text))
        {
            Fail(name, $"expected one of {string.Join(", ", words.ToArray())}");
            return words[0];
        }

        return text;
    }

    /// <summary>Notes that of two options that go together only one is given; returns whether both are.</summary>
    public bool Together(string one, string other)
    {
        if (Has(one) != Has(other))
        {
            Fail(Has(one) ? other : one, $"expected one more option: {one} and {other} go together", AnnounceCodes.MissingField);
        }

        return Has(one) && Has(other);
    }

    /// <summary>
    /// A yes or no: also <c>"true"</c>, <c>"on"</c>, <c>"yes"</c>, <c>"enable"</c>, <c>1</c> and their opposites.
    /// </summary>
    public bool Flag(string name, bool otherwise = false)
    {
        if (!options.ContainsKey(name))
        {
            return otherwise;
        }

        switch (TextOf(options[name])?.Trim().ToLowerInvariant())
        {
            case "true" or "yes" or "on" or "enable" or "1":
                return true;
            case "false" or "no" or "off" or "disable" or "0":
                return false;
            default:
                Fail(name, "expected true or false");
                return otherwise;
        }
    }

    /// <summary>A topic, or a filter with <c>+</c> and <c>#</c>, to subscribe to.</summary>
    public string? Subscription(string name) => Topic(name, isFilter: true);

    /// <summary>A topic to publish to.</summary>
    public string? Publication(string name) => Topic(name, isFilter: false);

    /// <summary>A topic to subscribe to that must be there.</summary>
    public string RequiredSubscription(string name) => Required(name, Subscription(name));

    /// <summary>A topic to publish to that must be there.</summary>
    public string RequiredPublication(string name) => Required(name, Publication(name));

    /// <summary>A template for what comes in; without one the payload is used as it is.</summary>
    public ValueTemplate ValueTemplate(string name) => new(Template(name));

    /// <summary>A template with constants of its own beside the usual variables.</summary>
    public ValueTemplate ValueTemplate(string name, IReadOnlyDictionary<string, object?> constants) =>
        new(Template(name), constants);

    /// <summary>A template for what goes out; without one the value is sent as it is.</summary>
    public CommandTemplate CommandTemplate(string name) => new(Template(name), _outgoing);

    /// <summary>A template; null without.</summary>
    public Template? Template(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        try
        {
            return HaNatsBridge.Templates.Template.Parse(text, templates);
        }
        catch (TemplateError error)
        {
            Fail(name, error.Line > 0 ? $"line {error.Line}, column {error.Column}: {error.Message}" : error.Message);
            return null;
        }
    }

    /// <summary>The text encoding; null for bytes. Command templates that are read afterwards write it.</summary>
    public Encoding? Encoding(string name)
    {
        var text = Text(name, "utf-8");
        if (text.Length == 0)
        {
            return null;
        }

        try
        {
            return _outgoing =
                System.Text.Encoding.GetEncoding(text, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
        }
        catch (ArgumentException)
        {
            Fail(name, "expected the name of a text encoding such as utf-8, or an empty text for bytes");
            return System.Text.Encoding.UTF8;
        }
    }

    /// <summary>A reader of an object among the options; null without one.</summary>
    public OptionReader? Object(string name)
    {
        switch (options[name])
        {
            case null:
                return null;
            case JsonObject found:
                return new OptionReader(found, templates, $"{path}{name}.");
            default:
                Fail(name, "expected an object");
                return null;
        }
    }

    /// <summary>Readers of the objects of a list; a single object is a list of one.</summary>
    public IEnumerable<OptionReader> Objects(string name)
    {
        switch (options[name])
        {
            case JsonObject one:
                yield return new OptionReader(one, templates, $"{path}{name}.");
                break;
            case JsonArray list:
                for (var number = 0; number < list.Count; number++)
                {
                    if (list[number] is JsonObject one)
                    {
                        yield return new OptionReader(one, templates, $"{path}{name}[{number}].");
                    }
                    else
                    {
                        Fail($"{name}[{number}]", "expected an object");
                    }
                }

                break;
            case not null:
                Fail(name, "expected a list of objects");
                break;
        }
    }

    /// <summary>Takes over what is wrong in a part.</summary>
    public void Add(OptionReader part) => _errors.AddRange(part._errors);

    /// <summary>Home Assistant's text of a scalar; null for lists, objects and null.</summary>
    public static string? TextOf(JsonNode? node)
    {
        if (node is not JsonValue value)
        {
            return null;
        }

        return value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.True => "True",
            JsonValueKind.False => "False",
            _ => value.ToJsonString(),
        };
    }

    private string Required(string name, string? topic)
    {
        if (!options.ContainsKey(name))
        {
            Fail(name, "expected a topic", AnnounceCodes.MissingField);
        }

        return topic ?? "";
    }

    private string? Topic(string name, bool isFilter)
    {
        if (!options.ContainsKey(name) || Text(name) is not { } topic)
        {
            return null;
        }

        if (MqttTopic.Problem(topic, isFilter) is not { } problem)
        {
            return topic;
        }

        Fail(name, problem);
        return null;
    }
}
