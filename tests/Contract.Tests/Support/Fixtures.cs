using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.States;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Support;

/// <summary>
/// The golden files of contract/fixtures, which the tests of every language read. With HANATSBRIDGE_WRITE_FIXTURES=1 what the
/// code answers is written into them instead of compared with them: then read the difference before it is committed.
/// </summary>
internal static class Fixtures
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Pretty = new(Compact) { WriteIndented = true };

    public static bool Write { get; } = Environment.GetEnvironmentVariable("HANATSBRIDGE_WRITE_FIXTURES") == "1";

    public static string ContractFolder { get; } = Find();

    public static string Folder => Path.Combine(ContractFolder, "fixtures");

    /// <summary>The names of the files in a folder and below, relative to it, in a stable order.</summary>
    public static IEnumerable<string> Names(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Folder, folder), "*.json", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Path.Combine(Folder, folder), f))
            .Where(f => !f.EndsWith(".expected.json", StringComparison.Ordinal)
                && !f.EndsWith(".before.json", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);

    /// <summary>
    /// The files of one kind of all platforms: <c>platforms/lock/states.json</c>, <c>platforms/sensor/states.date.json</c>.
    /// </summary>
    public static IEnumerable<string> OfPlatforms(string kind) =>
        Names("platforms").Where(n => Path.GetFileName(n).Split('.')[0] == kind).Select(n => "platforms/" + n);

    public static byte[] Bytes(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    public static JsonNode Json(string name) => JsonNode.Parse(Bytes(name))!;

    public static bool Exists(string name) => File.Exists(Path.Combine(Folder, name));

    public static void Save(string name, JsonNode node) =>
        File.WriteAllText(Path.Combine(Folder, name), node.ToJsonString(Pretty) + "\n");

    /// <summary>A page in docs/.</summary>
    public static string Document(string name) => File.ReadAllText(Path.Combine(ContractFolder, "..", "docs", name));

    /// <summary>Compares a page in docs/ with the one that was drawn, or writes it.</summary>
    public static void CompareDocument(string name, string drawn)
    {
        var file = Path.Combine(ContractFolder, "..", "docs", name);
        if (Write)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, drawn);
        }

        (File.Exists(file) ? File.ReadAllText(file) : "").ShouldBe(drawn, name);
    }

    /// <summary>JSON in one form, numbers as they are spelled.</summary>
    public static string Text(JsonNode? node) => node is null ? "null" : node.ToJsonString(Compact);

    public static string Text(ReadOnlySpan<byte> json) => Text(JsonNode.Parse(json));

    /// <summary>What was wrong with a state, as a fixture lists it.</summary>
    public static JsonArray Problems(IEnumerable<StateProblem> problems) =>
        [.. problems.Select(problem =>
        {
            var listed = new JsonObject { ["path"] = problem.Path, ["message"] = problem.Message };
            if (problem.IsWarning)
            {
                listed["warning"] = true;
            }

            return (JsonNode)listed;
        })];

    /// <summary>A case's payload: <c>payload</c> as text, or <c>payload_base64</c> where it is not UTF-8.</summary>
    public static byte[] Payload(JsonNode test) =>
        test["payload_base64"] is { } base64
            ? Convert.FromBase64String((string)base64!)
            : Encoding.UTF8.GetBytes((string)test["payload"]!);

    private static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            var candidate = Path.Combine(folder, "contract", "fixtures");
            if (Directory.Exists(candidate))
            {
                return Path.Combine(folder, "contract");
            }
        }

        throw new DirectoryNotFoundException("contract/fixtures above " + AppContext.BaseDirectory);
    }
}
