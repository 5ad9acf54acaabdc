using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace HaNatsBridge.Templates.Tests;

/// <summary>Templates, and what Home Assistant's own engine made of them (see docs/templates.md).</summary>
internal sealed class Corpus
{
    private readonly JsonElement _root;
    private readonly Dictionary<string, object?>[] _variables;

    private Corpus(JsonElement root)
    {
        _root = root;
        _variables = [.. root.GetProperty("variables").EnumerateArray().Select(Pairs)];
        Entity = [];
        Clock = new FakeTimeProvider();
        if (!root.TryGetProperty("made_with", out var facts))
        {
            return;
        }

        Clock = new FakeTimeProvider(DateTimeOffset.Parse(facts.GetProperty("now").GetString()!, CultureInfo.InvariantCulture));
        Entity = new()
        {
            ["entity_id"] = facts.GetProperty("entity_id").GetString(),
            ["name"] = facts.GetProperty("name").GetString(),
        };
        var state = Pairs(facts.GetProperty("this"));
        state["last_changed"] = DateTimeOffset.Parse(facts.GetProperty("last_changed").GetString()!,
            CultureInfo.InvariantCulture);
        state["domain"] = "sensor";
        state["object_id"] = "test_box";
        state["name"] = Entity["name"];
        Entity["this"] = state;
        // Nobody else asks for a state in this corpus.
        Entity["states"] = (TemplateFunction)(_ => state["state"]);
    }

    /// <summary>Templates as people write them, written by hand.</summary>
    public static Corpus Written { get; } = Load("templates.json");

    /// <summary>Operators, filters, tests and methods with all types of values, and changed templates. Without a clock.</summary>
    public static Corpus Generated { get; } = Load("generated.json");

    public FakeTimeProvider Clock { get; }

    public Dictionary<string, object?> Entity { get; }

    private static Corpus Load(string file) => new(JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "corpus", file))).RootElement);

    public IEnumerable<Case> Cases => _root.GetProperty("cases").EnumerateArray().Select(item => new Case(
        item,
        item.TryGetProperty("variables", out var index) ? _variables[index.GetInt32()] : []));

    public TemplateOptions Options(Case one) => new()
    {
        Clock = Clock,
        TimeZone = one.Text("time_zone") is { } zone ? TimeZoneInfo.FindSystemTimeZoneById(zone) : TimeZoneInfo.Utc,
    };

    /// <summary>The context that Home Assistant's MQTT integration gives, or only the variables.</summary>
    public TemplateContext Context(Case one)
    {
        var variables = new Dictionary<string, object?>(one.Variables);
        if (one.Kind == "plain")
        {
            return new() { Variables = variables };
        }

        foreach (var (name, value) in Entity)
        {
            if (one.Kind == "value" || !variables.ContainsKey(name))
            {
                variables[name] = value;
            }
        }

        if (one.Kind != "value")
        {
            return new() { Variables = variables };
        }

        return one.Variables["value"] is byte[] bytes
            ? new() { Variables = variables, Payload = bytes, PayloadIsBytes = true }
            : TemplateContext.FromPayload((string)one.Variables["value"]!, variables);
    }

    private static Dictionary<string, object?> Pairs(JsonElement json) =>
        json.EnumerateObject().ToDictionary(property => property.Name, property => Value(property.Value));

    private static object? Value(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Object when json.TryGetProperty("$bytes", out var hex) => Convert.FromHexString(hex.GetString()!),
        _ => json,
    };

    /// <summary>A native value in the corpus's notation.</summary>
    public static string Notation(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        string text => JsonSerializer.Serialize(text),
        double number when !double.IsFinite(number) => $"{{\"$float\":\"{number}\"}}",
        double number => "float " + number.ToString("R", CultureInfo.InvariantCulture),
        byte[] bytes => $"{{\"$bytes\":\"{Convert.ToHexStringLower(bytes)}\"}}",
        Values.TupleValue tuple => $"{{\"$tuple\":[{string.Join(',', tuple.Select(Notation))}]}}",
        Values.ListValue list => $"[{string.Join(',', list.Select(Notation))}]",
        Values.SetValue set => $"{{\"$set\":[{string.Join(',', set.Select(Notation).Order(StringComparer.Ordinal))}]}}",
        Values.DictValue dict when dict.All(pair => pair.Key is string) =>
            $"{{{string.Join(',', dict.Select(pair => $"{Notation(pair.Key)}:{Notation(pair.Value)}"))}}}",
        Values.DictValue dict =>
            $"{{\"$dict\":[{string.Join(',', dict.Select(pair => $"[{Notation(pair.Key)},{Notation(pair.Value)}]"))}]}}",
        Values.EllipsisValue => "{\"$ellipsis\":true}",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>The same notation of a recorded value.</summary>
    public static string Notation(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Number:
                var raw = json.GetRawText();
                return raw.AsSpan().IndexOfAny(".eE") < 0 ? raw : Notation(json.GetDouble());
            case JsonValueKind.String:
                return JsonSerializer.Serialize(json.GetString());
            case JsonValueKind.Array:
                return $"[{string.Join(',', json.EnumerateArray().Select(Notation))}]";
            case JsonValueKind.Object:
                if (json.TryGetProperty("$int", out var digits))
                {
                    return digits.GetString()!;
                }

                return json.TryGetProperty("$set", out var items)
                    ? $"{{\"$set\":[{string.Join(',', items.EnumerateArray().Select(Notation).Order(StringComparer.Ordinal))}]}}"
                    : $"{{{string.Join(',', json.EnumerateObject().Select(Pair))}}}";
            default:
                return json.GetRawText();
        }
    }

    private static string Pair(JsonProperty pair) => $"{JsonSerializer.Serialize(pair.Name)}:{Notation(pair.Value)}";

    public static string Sha256(string text) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>One template of the corpus.</summary>
internal sealed record Case(JsonElement Json, Dictionary<string, object?> Variables)
{
    public string Name => Text("name")!;

    public string Kind => Text("kind") ?? "plain";

    public string Template => Text("template")!;

    public string? Error => Text("error");

    public bool IsQuirk => Text("quirk") is not null;

    public string? Text(string name) => Json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
