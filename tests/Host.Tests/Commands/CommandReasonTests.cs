using System.Text.Json;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Host.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Host.Tests.Commands;

/// <summary>Why a command failed, a person reads in Home Assistant in the language of the page.</summary>
public sealed class CommandReasonTests
{
    private static readonly string Integration = Path.Combine(Project.Root, "custom_components", "nats_bridge");

    private static IEnumerable<string> Reasons { get; } =
        [.. typeof(CommandReasons).GetFields().Select(reason => (string)reason.GetRawConstantValue()!)];

    [TestCase("en")]
    [TestCase("de")]
    public void Every_reason_has_a_text(string language)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(Integration, "translations", $"{language}.json")));
        var texts = file.RootElement.GetProperty("exceptions");
        Reasons.ShouldNotBeEmpty();
        Reasons.Where(reason => !texts.TryGetProperty($"command_{reason}", out _)).ShouldBeEmpty();
    }

    [Test]
    public void The_integration_knows_every_reason()
    {
        var source = File.ReadAllText(Path.Combine(Integration, "commands.py"));
        Reasons.Where(reason => !source.Contains($"    \"{reason}\": (", StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
