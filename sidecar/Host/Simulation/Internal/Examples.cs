using System.Reflection;
using System.Text.Json.Nodes;

namespace HaNatsBridge.Host.Simulation.Internal;

/// <summary>The example of every platform, from the contract's fixtures, which are in the program as resources.</summary>
internal static class Examples
{
    private const string Prefix = "example.";

    /// <summary>The platforms that have one, in alphabetical order.</summary>
    public static IReadOnlyList<string> Platforms { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^1])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The entities of a platform's example; each call makes new ones.</summary>
    public static SimulatedEntity[] Entities(string platform)
    {
        var example = Read(platform);
        var steps = example["steps"]!.AsArray();
        return
        [
            .. example["announcement"]!["entities"]!.AsArray().Select(entity => new ExampleEntity(entity!.AsObject(), steps)),
        ];
    }

    private static JsonNode Read(string platform)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Prefix}{platform}/")!;
        return JsonNode.Parse(resource)!;
    }
}
