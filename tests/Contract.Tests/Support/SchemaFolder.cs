using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace HaNatsBridge.Contract.Tests.Support;

/// <summary>The JSON Schemas of contract/schemas.</summary>
internal sealed class SchemaFolder
{
    private static readonly EvaluationOptions List = new() { OutputFormat = OutputFormat.List };

    /// <summary>The schemas name each other by relative references; where they are relative to does not matter.</summary>
    private readonly Uri _base = new("https://contract.test/");
    private readonly Dictionary<string, JsonSchema> _known = [];
    private readonly BuildOptions _options;

    public SchemaFolder()
    {
        var registry = new SchemaRegistry();
        _options = new BuildOptions { SchemaRegistry = registry };
        registry.Fetch = (uri, _) => JsonSchema.FromFile(Fixtures.ContractFolder + "/schemas" + uri.AbsolutePath, _options, uri);
    }

    /// <summary>
    /// Where and why a value does not fit a schema, such as <c>announce.schema.json</c> or
    /// <c>protocol.schema.json#/$defs/frame</c>; null when it fits.
    /// </summary>
    public string? Refuse(string reference, JsonNode? value)
    {
        if (!_known.TryGetValue(reference, out var schema))
        {
            _known[reference] = schema = JsonSchema.FromText($$"""{"$ref":"{{new Uri(_base, reference)}}"}""", _options);
        }

        var results = schema.Evaluate(JsonElement.Parse(Fixtures.Text(value)), List);
        return results.IsValid ? null : string.Join('\n', Errors(results));
    }

    private static IEnumerable<string> Errors(EvaluationResults results) =>
        from detail in results.Details ?? []
        from error in detail.Errors ?? []
        select $"{detail.InstanceLocation}: {error.Value}";
}
