using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;

namespace HaNatsBridge.Mqtt.Tests.Support;

/// <summary>A record of the corpus that is being played.</summary>
internal sealed class CorpusRun
{
    public CorpusRun(string name)
    {
        Record = Corpus.Read(name);
        Home = new MqttHome(new MqttHomeOptions(), Recorder, TimeProvider.System);
        Corpus.Play(Home, Record["discovery"]);
    }

    public JsonObject Record { get; }

    public Recorder Recorder { get; } = new();

    public MqttHome Home { get; }

    /// <summary>All entities as the sidecar takes them, and what it does not take.</summary>
    public (Dictionary<EntityId, EntityDescription> Entities, List<string> Errors) Describe()
    {
        var entities = new Dictionary<EntityId, EntityDescription>();
        var errors = new List<string>();
        foreach (var device in Recorder.Devices.Keys)
        {
            var result = AnnouncementReader.Read(Encoding.UTF8.GetBytes(Recorder.Announcement(device).ToJsonString()));
            errors.AddRange(result.Errors.Select(error => $"{device} {error.Path}: {error.Message}"));
            foreach (var entity in result.Device?.Entities ?? [])
            {
                entities[new EntityId(device, entity.Key)] = entity;
            }
        }

        return (entities, errors);
    }

    /// <summary>The entity that Home Assistant knows by this platform and unique id.</summary>
    public static (EntityId Id, EntityDescription? Description) Find(
        Dictionary<EntityId, EntityDescription> entities, string platform, string unique)
    {
        var token = MqttNames.TokenOf(unique);
        var found = entities.FirstOrDefault(pair => pair.Value.Platform == platform
            && (pair.Key.Key == token || pair.Key.Key == MqttNames.TokenOf($"{token}-{platform}")));
        return (found.Key, found.Value);
    }

    /// <summary>The state and the attributes as the sidecar passes them on; what is wrong with them goes to the list.</summary>
    public JsonObject StateOf(EntityId id, EntityDescription entity, List<string> problems)
    {
        if (!Recorder.States.TryGetValue(id, out var value) || (value is null && !entity.HasState))
        {
            return new JsonObject { ["state"] = null };
        }

        var output = new ArrayBufferWriter<byte>();
        var memory = default(StateMemory);
        var json = value?.ToJsonString() ?? "null";
        problems.AddRange(StateReader.Normalise(entity, Encoding.UTF8.GetBytes(json), output, ref memory)
            .Select(problem => $"{id}: {json} {problem}"));
        return JsonNode.Parse(output.WrittenSpan) switch
        {
            JsonObject whole => whole,
            var scalar => new JsonObject { ["state"] = scalar },
        };
    }

    /// <summary>Whether Home Assistant's text or value and ours are the same.</summary>
    public static bool AreEqual(JsonNode? expected, JsonNode? seen, double tolerance = 1e-6)
    {
        if (expected is JsonArray one && seen is JsonArray other)
        {
            return one.Count == other.Count && one.Zip(other).All(pair => AreEqual(pair.First, pair.Second, tolerance));
        }

        if (expected is not JsonValue || seen is not JsonValue)
        {
            return JsonNode.DeepEquals(expected, seen);
        }

        string left = TextOf(expected), right = TextOf(seen);
        return left == right
            || (double.TryParse(left, CultureInfo.InvariantCulture, out var number)
                && double.TryParse(right, CultureInfo.InvariantCulture, out var same) && Math.Abs(number - same) <= tolerance)
            || (DateTimeOffset.TryParse(left, CultureInfo.InvariantCulture, out var time)
                && DateTimeOffset.TryParse(right, CultureInfo.InvariantCulture, out var moment) && time == moment);
    }

    private static string TextOf(JsonNode node) => Config.OptionReader.TextOf(node) ?? node.ToJsonString();
}
