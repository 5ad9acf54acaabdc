using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HaNatsBridge.Contract.Tests.Support;

/// <summary>
/// The part of JSON Schema 2020-12 that contract/schemas uses. A keyword that it does not know is an error, so that no schema is checked only in part.
/// </summary>
internal sealed class JsonSchema
{
    private static readonly string[] Silent = ["$schema", "$comment", "$defs", "title", "description", "default"];
    private readonly Dictionary<string, JsonNode> _files = [];
    private readonly string _folder = Path.Combine(Fixtures.ContractFolder, "schemas");

    /// <summary>Where and why a value does not fit a schema, such as <c>announce.schema.json</c> or <c>protocol.schema.json#/$defs/frame</c>; null when it fits.</summary>
    public string? Refuse(string reference, JsonNode? value) => Refuse(Resolve(reference, "", out var file), file, value, "$");

    private string? Refuse(JsonNode schema, string file, JsonNode? value, string path)
    {
        if (schema is JsonValue)
        {
            return (bool)schema ? null : $"{path}: nothing is allowed";
        }

        foreach (var (keyword, rule) in schema.AsObject())
        {
            if (!Silent.Contains(keyword) && Refuse(keyword, rule!, schema.AsObject(), file, value, path) is { } refused)
            {
                return refused;
            }
        }

        return null;
    }

    private string? Refuse(string keyword, JsonNode rule, JsonObject schema, string file, JsonNode? value, string path)
    {
        switch (keyword)
        {
            case "$ref":
                return Refuse(Resolve((string)rule!, file, out var target), target, value, path);
            case "type":
                return (rule is JsonArray kinds ? kinds.Select(k => (string)k!) : [(string)rule!]).Any(k => Is(k, value)) ? null : $"{path}: expected {rule}";
            case "const":
                return JsonNode.DeepEquals(rule, value) ? null : $"{path}: expected {rule}";
            case "enum":
                return rule.AsArray().Any(e => JsonNode.DeepEquals(e, value)) ? null : $"{path}: expected one of {rule.ToJsonString()}";
            case "allOf":
                return rule.AsArray().Select(s => Refuse(s!, file, value, path)).FirstOrDefault(r => r is not null);
            case "anyOf":
                return rule.AsArray().Any(s => Refuse(s!, file, value, path) is null) ? null : $"{path}: fits none of anyOf";
            case "oneOf":
                var fitting = rule.AsArray().Count(s => Refuse(s!, file, value, path) is null);
                return fitting == 1 ? null : $"{path}: fits {fitting} of oneOf";
            case "if":
                var branch = schema[Refuse(rule, file, value, path) is null ? "then" : "else"];
                return branch is null ? null : Refuse(branch, file, value, path);
            case "then" or "else":
                return null;
            default:
                return value switch
                {
                    JsonObject members => RefuseObject(keyword, rule, schema, file, members, path),
                    JsonArray items => RefuseArray(keyword, rule, schema, file, items, path),
                    _ => RefuseScalar(keyword, rule, value, path),
                };
        }
    }

    private string? RefuseObject(string keyword, JsonNode rule, JsonObject schema, string file, JsonObject value, string path) => keyword switch
    {
        "properties" => rule.AsObject().Where(p => value.ContainsKey(p.Key)).Select(p => Refuse(p.Value!, file, value[p.Key], $"{path}.{p.Key}"))
            .FirstOrDefault(r => r is not null),
        "required" => rule.AsArray().Where(n => !value.ContainsKey((string)n!)).Select(n => $"{path}: {n} is missing").FirstOrDefault(),
        "additionalProperties" => value.Where(p => schema["properties"]?.AsObject().ContainsKey(p.Key) != true)
            .Select(p => Refuse(rule, file, p.Value, $"{path}.{p.Key}")).FirstOrDefault(r => r is not null),
        "propertyNames" => value.Select(p => Refuse(rule, file, p.Key, $"{path}.{p.Key}")).FirstOrDefault(r => r is not null),
        _ => Known(keyword),
    };

    private string? RefuseArray(string keyword, JsonNode rule, JsonObject schema, string file, JsonArray value, string path) => keyword switch
    {
        "items" => value.Skip(schema["prefixItems"]?.AsArray().Count ?? 0).Select((v, i) => Refuse(rule, file, v, $"{path}[{i}]")).FirstOrDefault(r => r is not null),
        "prefixItems" => rule.AsArray().Zip(value).Select((p, i) => Refuse(p.First!, file, p.Second, $"{path}[{i}]")).FirstOrDefault(r => r is not null),
        "minItems" => value.Count >= (int)rule ? null : $"{path}: fewer than {rule} items",
        "maxItems" => value.Count <= (int)rule ? null : $"{path}: more than {rule} items",
        "uniqueItems" => value.Select(v => v?.ToJsonString()).Distinct().Count() == value.Count ? null : $"{path}: an item is there twice",
        _ => Known(keyword),
    };

    private static string? RefuseScalar(string keyword, JsonNode rule, JsonNode? value, string path)
    {
        Known(keyword);
        if (value?.GetValueKind() == JsonValueKind.Number)
        {
            var number = value.GetValue<double>();
            return keyword switch
            {
                "minimum" when number < (double)rule => $"{path}: less than {rule}",
                "maximum" when number > (double)rule => $"{path}: more than {rule}",
                "exclusiveMinimum" when number <= (double)rule => $"{path}: not above {rule}",
                _ => null,
            };
        }

        if (value?.GetValueKind() == JsonValueKind.String)
        {
            var text = (string)value!;
            return keyword switch
            {
                "minLength" when text.EnumerateRunes().Count() < (int)rule => $"{path}: too short",
                "maxLength" when text.EnumerateRunes().Count() > (int)rule => $"{path}: too long",
                "pattern" when !Regex.IsMatch(text, (string)rule!, RegexOptions.CultureInvariant) => $"{path}: does not match {rule}",
                _ => null,
            };
        }

        return null;
    }

    private static string? Known(string keyword) => keyword is "properties" or "required" or "additionalProperties" or "propertyNames" or "items" or "prefixItems"
        or "minItems" or "maxItems" or "uniqueItems" or "minimum" or "maximum" or "exclusiveMinimum" or "minLength" or "maxLength" or "pattern"
        ? null
        : throw new NotSupportedException($"the keyword {keyword}");

    private static bool Is(string kind, JsonNode? value) => kind switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && value.GetValue<double>() % 1 == 0,
        _ => throw new NotSupportedException($"the type {kind}"),
    };

    private JsonNode Resolve(string reference, string file, out string target)
    {
        var hash = reference.IndexOf('#', StringComparison.Ordinal);
        var name = hash < 0 ? reference : reference[..hash];
        target = name.Length == 0 ? file : Path.GetRelativePath(_folder, Path.GetFullPath(Path.Combine(_folder, Path.GetDirectoryName(file) ?? "", name)));
        if (!_files.TryGetValue(target, out var node))
        {
            _files[target] = node = JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder, target)))!;
        }

        foreach (var step in hash < 0 ? [] : reference[(hash + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            node = node[step] ?? throw new KeyNotFoundException(reference);
        }

        return node;
    }
}
