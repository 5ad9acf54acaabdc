using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Identity;
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
    public void The_home_takes_every_description_state_and_attribute(string name)
    {
        var run = new CorpusRun(name);
        var comparison = new CorpusComparison(run, name);
        for (var set = 0; set < 2; set++)
        {
            Corpus.Play(run.Home, run.Record["states"]?[set]);
            comparison.Expect(run.Record["expected"]![set]!.AsArray());
            comparison.Compare($"set {set}");
        }

        comparison.Differences.ShouldBeEmpty();
    }
}

/// <summary>Compares the entities of a record with Home Assistant's.</summary>
internal sealed class CorpusComparison(CorpusRun run, string name)
{
    private readonly Dictionary<(string Platform, string Unique), JsonObject> _expected = [];
    private readonly HashSet<string> _converted = [];

    public List<string> Differences { get; } = [];

    /// <summary>Adds what Home Assistant shows: whole entities, or what has changed of them.</summary>
    public void Expect(JsonArray entities)
    {
        foreach (var entity in entities.Select(entity => entity!.AsObject()).Where(entity => entity["unique_id"] is not null))
        {
            var key = ((string)entity["domain"]!, (string)entity["unique_id"]!);
            if (!_expected.TryGetValue(key, out var known))
            {
                _expected[key] = known = new JsonObject { ["attributes"] = new JsonObject() };
            }

            known["state"] = entity["state"]?.DeepClone() ?? known["state"]?.DeepClone();
            foreach (var (attribute, value) in entity["attributes"]?.AsObject() ?? [])
            {
                known["attributes"]![attribute] = value?.DeepClone();
            }

            foreach (var gone in entity["attributes_gone"]?.AsArray() ?? [])
            {
                known["attributes"]!.AsObject().Remove((string)gone!);
            }
        }
    }

    /// <summary>Compares all entities.</summary>
    public void Compare(string when)
    {
        var (entities, errors) = run.Describe();
        Differences.AddRange(errors);
        foreach (var ((platform, unique), expected) in _expected)
        {
            if (!ComponentCatalog.Has(platform) || KnownDifferences.Entities.ContainsKey($"{name} {unique}"))
            {
                continue;
            }

            var (id, description) = CorpusRun.Find(entities, platform, unique);
            if (description is null)
            {
                Differences.Add($"{platform} {unique} is missing");
                continue;
            }

            var fields = JsonNode.Parse(description.Json.Span)!.AsObject();
            if (_converted.Contains(unique) || HasOtherUnit(expected, fields))
            {
                // Home Assistant converts it to the unit that the home uses; that is not ours to do.
                _converted.Add(unique);
                continue;
            }

            var seen = run.StateOf(id, description, Differences);
            CompareEntity($"{when}: {platform} {unique}", platform, expected, fields, seen, id);
        }
    }

    private static bool HasOtherUnit(JsonObject expected, JsonObject fields) =>
        expected["attributes"]?["unit_of_measurement"] is { } unit && (string?)fields["unit_of_measurement"] != (string)unit!;

    private void CompareEntity(string what, string platform, JsonObject expected, JsonObject fields, JsonObject seen, EntityId id)
    {
        var state = (string?)expected["state"];
        if (platform == "device_tracker" && state is not (null or "home" or "not_home" or "unknown" or "unavailable"))
        {
            // A zone: Home Assistant looks for it.
            state = "not_home";
        }

        if (state is not null && !KnownDifferences.States.ContainsKey(platform)
            && !CorpusRun.AreEqual(state, seen["state"] ?? (JsonNode)"unknown") && state != "<timestamp>")
        {
            Differences.Add($"{what} is {seen["state"]?.ToJsonString() ?? "unknown"}, not {state}");
        }

        if (state == "unavailable")
        {
            return;
        }

        var attributes = expected["attributes"]!.AsObject();
        if (attributes["supported_features"] is { } features)
        {
            var named = fields["supported_features"]?.AsArray().Select(feature => (string)feature!) ?? [];
            var wanted = Features.NamesOf(platform, (int)features).ToHashSet();
            if (!wanted.SetEquals(named))
            {
                Differences.Add($"{what} can {string.Join(", ", named)}, not {string.Join(", ", wanted)}");
            }
        }

        foreach (var (attribute, value) in attributes)
        {
            CompareAttribute($"{what} {attribute}", platform, attribute, value, attributes, fields, seen, id);
        }
    }

    private void CompareAttribute(
        string what, string platform, string attribute, JsonNode? value, JsonObject all, JsonObject fields, JsonObject seen,
        EntityId id)
    {
        var isColor = platform == "light" && (string?)all["color_mode"] is { } mode && attribute == $"{mode}_color";
        var isExcepted = KnownDifferences.Attributes.ContainsKey(attribute)
            || KnownDifferences.Attributes.ContainsKey($"{platform}.{attribute}");
        var isUndeclared = KnownDifferences.Declared.TryGetValue(attribute, out var listed) && value is not null
            && !(all[listed]?.AsArray() ?? []).Any(word => JsonNode.DeepEquals(word, value));
        if ((isExcepted && !isColor) || isUndeclared)
        {
            return;
        }

        if (platform == "event")
        {
            var last = run.Recorder.Events.LastOrDefault(one => one.Entity == id);
            seen = last.Attributes?.DeepClone().AsObject() ?? [];
            seen["event_type"] = last.Type;
        }

        var ours = seen[attribute] ?? fields[attribute];
        if (platform == "light" && attribute is "brightness" or "color_mode" && (string?)all["color_mode"] == "unknown")
        {
            // Until a mode is known Home Assistant shows no brightness; here the mode follows from the values.
            return;
        }

        var tolerance = KnownDifferences.Rounded.Contains(attribute) ? 0.5 : 1e-6;
        if (!CorpusRun.AreEqual(value, ours, tolerance) && !AreSame(attribute, value, ours))
        {
            Differences.Add($"{what} is {ours?.ToJsonString() ?? "missing"}, not {value?.ToJsonString() ?? "null"}");
        }
    }

    /// <summary>An empty list is none, and the order of modes means nothing.</summary>
    private static bool AreSame(string attribute, JsonNode? value, JsonNode? ours) =>
        (value is JsonArray { Count: 0 } && ours is null)
        || (attribute is "supported_color_modes" or "hvac_modes" && value is JsonArray wanted && ours is JsonArray modes
        && wanted.Select(mode => (string)mode!).Order().SequenceEqual(modes.Select(mode => (string)mode!).Order()));
}
