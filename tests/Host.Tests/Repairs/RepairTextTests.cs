using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using HaNatsBridge.Host.Repairs;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Repairs;

/// <summary>What a feature of the sidecar reports as a repair, a person reads in Home Assistant in words.</summary>
public sealed partial class RepairTextTests
{
    private const BindingFlags Static =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private static readonly string Integration = Path.Combine(Project.Root, "custom_components", "nats_bridge");

    private static IEnumerable<RepairKind> Kinds { get; } =
    [
        .. from type in typeof(RepairKind).Assembly.GetTypes()
           from field in type.GetFields(Static)
           where field.FieldType == typeof(RepairKind)
           select (RepairKind)field.GetValue(null)!,
    ];

    [Test]
    public void Every_kind_of_repair_is_declared_once_with_a_severity_that_Home_Assistant_knows()
    {
        Kinds.ShouldNotBeEmpty();
        Kinds.Select(kind => kind.Key).ShouldBeUnique();
        Kinds.ShouldAllBe(kind => kind.Severity == "warning" || kind.Severity == "error");
    }

    [TestCase("en")]
    [TestCase("de")]
    public void Every_kind_of_repair_has_a_text_that_uses_only_what_comes_with_it(string language)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Integration, "translations", $"{language}.json")));
        var issues = file.RootElement.GetProperty("issues");
        foreach (var kind in Kinds)
        {
            issues.TryGetProperty(kind.Key, out var issue).ShouldBeTrue($"{kind.Key} has no text in {language}.json");
            foreach (var text in new[] { "title", "description" })
            {
                // A title is no Markdown: its placeholders begin with plain_, as the integration gives them.
                string[] given = [.. kind.Placeholders, "details"];
                Placeholder().Matches(issue.GetProperty(text).GetString()!).Select(match => match.Groups[1].Value)
                    .Except(text == "title" ? given.Select(name => "plain_" + name) : given).ShouldBeEmpty($"{kind.Key}.{text} in {language}.json");
            }
        }
    }

    [Test]
    public void The_integration_knows_every_kind_of_repair()
    {
        var source = File.ReadAllText(Path.Combine(Integration, "issues.py"));
        Kinds.Select(kind => kind.Key).Where(key => !source.Contains($"    \"{key}\": (", StringComparison.Ordinal))
            .ShouldBeEmpty();
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();
}
