using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Mqtt.Components;
using HaNatsBridge.Mqtt.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Mqtt.Tests;

/// <summary>
/// What Home Assistant's own mqtt made of real messages is made here too. The whole path, into a real Home Assistant, is tested
/// in tests/home_assistant; this is the quick half.
/// </summary>
internal sealed class CorpusTests
{
    private static IEnumerable<string> Names => Corpus.Names;

    [TestCaseSource(nameof(Names))]
    public void The_home_takes_every_description_and_every_state(string name)
    {
        var record = Corpus.Read(name);
        var recorder = new Recorder();
        var home = new MqttHome(new MqttHomeOptions(), recorder, TimeProvider.System);
        var differences = new List<string>();
        var converted = new HashSet<string>();
        Corpus.Play(home, record["discovery"]);
        for (var set = 0; set < 2; set++)
        {
            Corpus.Play(home, record["states"]?[set]);
            Compare(recorder, record["expected"]![set]!.AsArray(), differences, converted, set);
        }

        differences.ShouldBeEmpty();
    }

    private static void Compare(
        Recorder recorder, JsonArray expected, List<string> differences, HashSet<string> converted,
        int set)
    {
        var descriptions = new Dictionary<EntityId, EntityDescription>();
        foreach (var device in recorder.Devices.Keys)
        {
            var announcement = recorder.Announcement(device);
            var result = AnnouncementReader.Read(Encoding.UTF8.GetBytes(announcement.ToJsonString()));
            differences.AddRange(result.Errors.Select(error => $"{device} {error.Path}: {error.Message}"));
            foreach (var entity in result.Device?.Entities ?? [])
            {
                descriptions[new EntityId(device, entity.Key)] = entity;
            }
        }

        foreach (var entity in expected)
        {
            var domain = (string)entity!["domain"]!;
            if (!ComponentCatalog.Has(domain) || entity["unique_id"] is not { } unique)
            {
                continue;
            }

            var found = descriptions.FirstOrDefault(pair =>
                pair.Value.Platform == domain && IsKeyOf(pair.Key.Key, (string)unique!, domain));
            if (found.Value is null)
            {
                differences.Add($"{domain} {unique} is missing");
            }
            else if (HasOtherUnit(entity, found.Value) || converted.Contains((string)unique!))
            {
                // Home Assistant converts it to the unit that the home uses; that is not ours to do.
                converted.Add((string)unique!);
            }
            else if (entity["state"] is { } state && StateOf(recorder, found.Key, found.Value, differences) is { } seen
                && !AreEqual((string)state!, seen) && (string)state! != "<timestamp>")
            {
                differences.Add($"set {set}: {domain} {unique} is {seen}, not {state}");
            }
        }
    }

    private static bool IsKeyOf(string key, string unique, string domain)
    {
        var token = MqttNames.TokenOf(unique);
        return key == token || key == MqttNames.TokenOf($"{token}-{domain}");
    }

    private static bool HasOtherUnit(JsonNode expected, EntityDescription entity) =>
        expected["attributes"]?["unit_of_measurement"] is { } unit
        && (string?)JsonNode.Parse(entity.Json.Span)!["unit_of_measurement"] != (string)unit!;

    private static string? StateOf(Recorder recorder, EntityId id, EntityDescription entity, List<string> differences)
    {
        if (!recorder.States.TryGetValue(id, out var value) || (value is null && !entity.HasState))
        {
            return "unknown";
        }

        var output = new ArrayBufferWriter<byte>();
        var memory = default(StateMemory);
        var json = value?.ToJsonString() ?? "null";
        var problems = StateReader.Normalise(entity, Encoding.UTF8.GetBytes(json), output, ref memory);
        differences.AddRange(problems.Select(problem => $"{id}: {json} {problem}"));
        var normal = JsonNode.Parse(output.WrittenSpan);
        var state = normal is JsonObject whole ? whole["state"] : normal;
        return state switch
        {
            null => "unknown",
            JsonValue text when text.GetValueKind() == JsonValueKind.String => (string)text!,
            _ => state.ToJsonString(),
        };
    }

    private static bool AreEqual(string expected, string seen) =>
        expected == seen
        || (double.TryParse(expected, CultureInfo.InvariantCulture, out var one)
            && double.TryParse(seen, CultureInfo.InvariantCulture, out var other) && Math.Abs(one - other) < 1e-9)
        || (DateTimeOffset.TryParse(expected, CultureInfo.InvariantCulture, out var time)
            && DateTimeOffset.TryParse(seen, CultureInfo.InvariantCulture, out var same) && time == same);
}
