using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Platforms;

/// <summary>
/// The fixtures that the integration's tests play in Home Assistant hold only what the sidecar sends and accepts.
/// </summary>
internal sealed class HomeAssistantFixtureTests
{
    private static IEnumerable<string> Names => Fixtures.OfPlatforms("home_assistant");

    private static IEnumerable<string> Examples => Fixtures.OfPlatforms("example");

    [Test]
    public void Every_platform_has_its_folder_of_fixtures()
    {
        foreach (var platform in PlatformCatalog.Names)
        {
            Fixtures.Exists($"platforms/{platform}/home_assistant.json").ShouldBeTrue(platform);
            Fixtures.Exists($"platforms/{platform}/example.json").ShouldBeTrue(platform);
        }
    }

    [TestCaseSource(nameof(Names))]
    public void A_value_that_is_shown_is_in_normal_form(string name)
    {
        var fixture = Fixtures.Json(name);
        foreach (var test in Cases(fixture, "shows").Where(t => t["announced"] is null))
        {
            var entity = Devices.Entity(test["description"]!);
            if (PlatformCatalog.Find(entity.Platform)!.State is null)
            {
                continue;
            }

            var normal = Normalise(entity, test["value"]);
            if (Fixtures.Write)
            {
                test["value"] = JsonNode.Parse(normal);
            }

            normal.ShouldBe(Fixtures.Text(test["value"]), Fixtures.Text(test));
        }

        if (Fixtures.Write)
        {
            Fixtures.Save(name, fixture);
        }
    }

    [TestCaseSource(nameof(Names))]
    public void A_command_that_Home_Assistant_sends_is_accepted(string name)
    {
        foreach (var test in Cases(Fixtures.Json(name), "sends"))
        {
            Problem(Devices.Entity(test["description"]!), test).ShouldBeNull(Fixtures.Text(test));
        }
    }

    [TestCaseSource(nameof(Examples))]
    public void An_example_is_accepted_without_a_warning(string name)
    {
        var example = Fixtures.Json(name);
        var read = AnnouncementReader.Read(Encoding.UTF8.GetBytes(Fixtures.Text(example["announcement"])));
        read.Errors.ShouldBeEmpty();
        read.Warnings.ShouldBeEmpty();
        var entities = read.Device.ShouldNotBeNull().Entities.ToDictionary(e => e.Key);
        foreach (var step in example["steps"]!.AsArray().Select(s => s!))
        {
            foreach (var (key, payload) in step["publish"]?.AsObject() ?? [])
            {
                Normalise(entities[key], payload);
            }

            if (step["receives"] is { } command)
            {
                Problem(entities[(string)step["on"]!], command).ShouldBeNull(Fixtures.Text(step));
            }
        }
    }

    [Test]
    public void Every_platform_has_its_page_in_the_documentation()
    {
        var pages = new List<(string Platform, string About)>();
        foreach (var platform in PlatformCatalog.All.OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            var example = Fixtures.Json($"platforms/{platform.Name}/example.json");
            pages.Add((platform.Name, (string)example["about"]!));
            Fixtures.CompareDocument($"platforms/{platform.Name}.md", PageDrawing.Page(platform, example));
        }

        Fixtures.CompareDocument("platforms/README.md", PageDrawing.Index(pages));
    }

    private static IEnumerable<JsonNode> Cases(JsonNode fixture, string kind) =>
        fixture[kind]?.AsArray().Select(t => t!) ?? [];

    private static string Normalise(EntityDescription entity, JsonNode? value)
    {
        var output = new ArrayBufferWriter<byte>();
        var memory = default(StateMemory);
        StateReader.Normalise(entity, Encoding.UTF8.GetBytes(Fixtures.Text(value)), output, ref memory)
            .Where(problem => !problem.IsWarning).ShouldBeEmpty();
        return Fixtures.Text(output.WrittenSpan);
    }

    private static string? Problem(EntityDescription entity, JsonNode command) =>
        CommandChecker.Check(entity, (string)command["action"]!, JsonElement.Parse(Fixtures.Text(command["params"])))?.Message;
}
