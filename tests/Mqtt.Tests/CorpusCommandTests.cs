using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Identity;
using HaNatsBridge.Mqtt.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Mqtt.Tests;

/// <summary>What Home Assistant's own mqtt published for an action is published here for the command of the contract.</summary>
internal sealed class CorpusCommandTests
{
    private static IEnumerable<string> Names =>
        Corpus.Names.Where(name => Corpus.Read(name)["commands"] is JsonArray { Count: > 0 });

    [TestCaseSource(nameof(Names))]
    public void Every_command_publishes_the_same(string name)
    {
        var run = new CorpusRun(name);
        var comparison = new CorpusComparison(run, name);
        for (var set = 0; set < 2; set++)
        {
            Corpus.Play(run.Home, run.Record["states"]?[set]);
            comparison.Expect(run.Record["expected"]![set]!.AsArray());
        }

        var differences = new List<string>();
        var isWhole = true;
        foreach (var command in run.Record["commands"]!.AsArray())
        {
            var call = command!["call"]!.AsObject();
            if (CommandMap.IsLeftOut(call, run))
            {
                isWhole = false;
                continue;
            }

            var seen = Execute(run, call, differences);
            var expected = command["published"]!.AsArray().Select(Describe).ToList();
            if (!seen.SequenceEqual(expected))
            {
                differences.Add($"{call.ToJsonString()} gives {string.Join(" ", seen)}, not {string.Join(" ", expected)}");
            }
        }

        run.Home.Flush();
        if (isWhole && run.Record["after_commands"] is JsonArray after)
        {
            comparison.Expect(after);
            comparison.Compare("after the commands");
        }

        differences.Concat(comparison.Differences).ShouldBeEmpty();
    }

    private static List<string> Execute(CorpusRun run, JsonObject call, List<string> differences)
    {
        var platform = (string)call["domain"]!;
        var (id, description) = CorpusRun.Find(run.Describe().Entities, platform, (string)call["unique_id"]!);
        if (description is null)
        {
            differences.Add($"{call["unique_id"]} is missing");
            return [];
        }

        var (action, parameters) = CommandMap.Of(platform, (string)call["service"]!, call["data"]!.AsObject(), description);
        using var document = JsonDocument.Parse(parameters.ToJsonString());
        var isRefused = CommandChecker.Check(description, action, document.RootElement) is not null;
        try
        {
            return isRefused
                ? []
                : [.. run.Home.Execute(id.Device, id.Key, action, document.RootElement).Messages
                    .Select(message => Describe(
                        message.Topic, Encoding.UTF8.GetString(message.Payload.Span), message.Qos, message.IsRetained))];
        }
        catch (CommandRefusedException)
        {
            return [];
        }
    }

    private static string Describe(JsonNode? message) => Describe(
        (string)message!["topic"]!,
        message["payload_base64"] is { } bytes
            ? Encoding.UTF8.GetString(Convert.FromBase64String((string)bytes!))
            : message["payload"]!.GetValueKind() == JsonValueKind.String
                ? (string)message["payload"]!
                : message["payload"]!.ToJsonString(),
        (int)message["qos"]!,
        (bool)message["retain"]!);

    private static string Describe(string topic, string payload, int qos, bool isRetained) =>
        $"[{topic} {payload} {qos} {isRetained}]";
}

/// <summary>What becomes of an action of Home Assistant on its way through the integration.</summary>
internal static class CommandMap
{
    /// <summary>Whether Home Assistant answers the action itself, or changes it in a way that is not ours to test.</summary>
    public static bool IsLeftOut(JsonObject call, CorpusRun run)
    {
        var service = $"{call["domain"]}.{call["service"]}";
        var data = call["data"]!.AsObject();
        var (_, description) = CorpusRun.Find(run.Describe().Entities, (string)call["domain"]!, (string)call["unique_id"]!);
        var fields = description is null ? [] : JsonNode.Parse(description.Json.Span)!.AsObject();
        var modes = fields["supported_color_modes"]?.AsArray().Select(mode => $"{mode}_color").ToList() ?? [];
        return data.Any(field => KnownDifferences.Commands.ContainsKey($"{service} {field.Key}"))
            || data.Any(field => field.Key.EndsWith("_color", StringComparison.Ordinal) && !modes.Contains(field.Key))
            || (service.StartsWith("alarm_control_panel.alarm_arm", StringComparison.Ordinal)
                && (bool?)fields["code_arm_required"] != false && !data.ContainsKey("code"));
    }

    public static (string Action, JsonObject Parameters) Of(
        string platform, string service, JsonObject data, EntityDescription description)
    {
        var parameters = data.DeepClone().AsObject();
        var fields = JsonNode.Parse(description.Json.Span)!.AsObject();
        var features = fields["supported_features"]?.AsArray().Select(feature => (string)feature!).ToList() ?? [];
        switch (platform, service)
        {
            case ("light", _):
                Reduce(parameters, features);
                return (service, parameters);
            case ("valve", "open_valve" or "close_valve") when features.Contains("set_position"):
                return ("set_valve_position", new JsonObject { ["position"] = service == "open_valve" ? 100 : 0 });
            default:
                return (service, parameters);
        }
    }

    private static void Reduce(JsonObject parameters, List<string> features)
    {
        if (parameters.Remove("brightness_pct", out var percent))
        {
            parameters["brightness"] = (int)Math.Round((double)percent! / 100 * 255);
        }

        foreach (var name in (string[])["flash", "transition", "effect"])
        {
            if (!features.Contains(name))
            {
                parameters.Remove(name);
            }
        }
    }
}
