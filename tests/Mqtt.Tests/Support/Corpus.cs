using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HaNatsBridge.Mqtt.Tests.Support;

/// <summary>The records of tests/corpus/mqtt-discovery.</summary>
internal static class Corpus
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string Folder = Find();

    public static IEnumerable<string> Names { get; } =
        [.. Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal)];

    public static JsonObject Read(string name) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(Folder, name)))!.AsObject();

    /// <summary>Sends messages as the broker would.</summary>
    public static void Play(MqttHome home, JsonNode? messages)
    {
        foreach (var message in messages?.AsArray() ?? [])
        {
            if (message!["pause"] is not null)
            {
                home.Flush();
            }

            home.Receive((string)message["topic"]!, PayloadOf(message.AsObject()), isRetained: false);
        }

        home.Flush();
    }

    private static byte[] PayloadOf(JsonObject message) => message["payload_base64"] is { } bytes
        ? Convert.FromBase64String((string)bytes!)
        : message["payload"] switch
        {
            JsonValue text when text.GetValueKind() == JsonValueKind.String => Encoding.UTF8.GetBytes((string)text!),
            { } json => Encoding.UTF8.GetBytes(json.ToJsonString(Compact)),
            null => [],
        };

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "HaNatsBridge.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("The tests run outside of the repository.");
        }

        return Path.Combine(folder.FullName, "tests", "corpus", "mqtt-discovery");
    }
}
