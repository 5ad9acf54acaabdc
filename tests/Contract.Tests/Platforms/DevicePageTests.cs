using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Platforms;

/// <summary>docs/devices.md: a person writes any device by it alone, so it names everything that the contract has.</summary>
public sealed partial class DevicePageTests
{
    private static readonly string Page = Fixtures.Document("devices.md");

    [Test]
    public void It_lists_every_platform() => Fixtures.CompareDocument("devices.md", PageDrawing.Devices(Page));

    [Test]
    public void It_names_every_field_code_and_number()
    {
        string[] names =
        [
            .. DeviceFields.Known,
            .. DeviceFields.OfEntity.Select(field => field.Name),
            "type", "subtype", "key", "event_type",
            .. Constants(typeof(AnnounceCodes)),
            .. Constants(typeof(CommandCodes)),
            .. WellKnownHealth.All.Select(known => known.Member),
            "action", "params", "deadline_ms", "context",
        ];
        names.Where(name => !Page.Contains($"`{name}`", StringComparison.Ordinal)
            && !Page.Contains($"\"{name}\":", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Test]
    public void Its_examples_are_right()
    {
        var schemas = new SchemaFolder();
        var announcements = 0;
        foreach (var text in Examples())
        {
            var json = JsonNode.Parse(text)!;
            var schema = json["entities"] is not null ? "announce" : json["ok"] is not null ? "announce-reply" : "command";
            schemas.Refuse($"{schema}.schema.json", json).ShouldBeNull(text);
            if (schema == "announce")
            {
                announcements++;
                var read = AnnouncementReader.Read(Encoding.UTF8.GetBytes(text));
                read.Errors.ShouldBeEmpty(text);
                read.Warnings.ShouldBeEmpty(text);
            }
        }

        announcements.ShouldBeGreaterThan(2);
        var replies = Replies().ToList();
        replies.Count.ShouldBe(5);
        foreach (var reply in replies)
        {
            schemas.Refuse("command-reply.schema.json", JsonNode.Parse(reply)).ShouldBeNull(reply);
        }
    }

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!);

    private static IEnumerable<string> Examples() => JsonBlock().Matches(Page).Select(match => match.Groups[1].Value);

    private static IEnumerable<string> Replies() => Reply().Matches(Page).Select(match => match.Groups[1].Value);

    [GeneratedRegex("```json\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex(@"^\|[^|]*`(\{""ok"".*?\})` \|", RegexOptions.Multiline)]
    private static partial Regex Reply();
}
