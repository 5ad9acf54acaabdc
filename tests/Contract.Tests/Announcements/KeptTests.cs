using System.Text;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Announcements;

/// <summary>A part of an announcement that was right before and is wrong now stays as it was.</summary>
internal sealed class KeptTests
{
    private const string Other = """{"key":"other","platform":"switch"}""";

    private static readonly string[] Wrong =
    [
        """{"key":"mode","platform":"select","options":["eco","boost"],"icon":5}""",
        """{"key":"mode","platform":"select","options":["eco","eco"]}""",
        """{"key":"mode","platform":"select","options":["eco","boost"],"entity_category":"secret"}""",
        """{"key":"mode","platform":"select","options":["eco","boost"],"command_timeout":120}""",
        """{"key":"mode","platform":"select","options":["eco","boost"],"expire_after":0}""",
        """{"key":"mode","platform":"select"}""",
        """{"key":"mode","platform":"selekt","options":["eco"]}""",
        """{"key":"mode"}""",
    ];

    [TestCaseSource(nameof(Wrong))]
    public void An_entity_with_one_wrong_field_stays_byte_by_byte_as_it_was(string wrong)
    {
        var before = Devices.Of("""{"key":"mode","platform":"select","options":["eco","boost"],"icon":"mdi:leaf"}""", Other);

        var result = Announce([wrong, Other], before);

        result.Device!.Json.Span.SequenceEqual(before.Json.Span).ShouldBeTrue();
        result.Errors.ShouldNotBeEmpty();
        result.Errors.ShouldAllBe(error => error.Kept);
        result.Accepted.ShouldBe(1);
    }

    [Test]
    public void An_entity_that_was_never_right_is_left_out_and_one_that_is_not_announced_is_withdrawn()
    {
        var before = Devices.Of(Other, """{"key":"gone","platform":"switch"}""");

        var result = Announce(["""{"key":"new","platform":"switch","icon":5}""", Other], before);

        result.Errors.Single().Kept.ShouldBeFalse();
        result.Device!.Entities.Select(entity => entity.Key).ShouldBe(["other"]);
    }

    [Test]
    public void What_a_newer_version_stored_of_a_platform_that_is_not_known_here_stays_too()
    {
        var before = DeviceDescription.FromStored(Encoding.UTF8.GetBytes(
            """{"schema":1,"type":"test","id":"bench","entities":[{"key":"m","platform":"mower","speed":3}]}"""));

        var result = Announce(["""{"key":"m","platform":"mower"}"""], before);

        result.Errors.Single().ShouldBe(result.Errors.Single() with { Code = AnnounceCodes.UnknownPlatform, Kept = true });
        result.Device!.Json.Span.SequenceEqual(before.Json.Span).ShouldBeTrue();
    }

    [Test]
    public void What_is_kept_does_not_let_a_device_grow_beyond_its_limits()
    {
        string[] Entities(char name, int count, string more) =>
            [.. Enumerable.Range(0, count).Select(i => $$"""{"key":"{{name}}{{i}}","platform":"text"{{more}}}""")];
        var before = Devices.Of(Entities('a', 600, ""));

        var tooMany = Announce(["""{"key":"no key"}""", .. Entities('b', 600, "")], before);
        tooMany.Device.ShouldBeNull();
        tooMany.Errors.Single().ShouldSatisfyAllConditions(
            error => error.Code.ShouldBe(AnnounceCodes.TooLarge), error => error.Message.ShouldContain("1200 entities"));

        var big = $",\"attribution\":\"{new string('x', 250)}\",\"entity_picture\":\"/local/{new string('x', 1700)}\"";
        Announce(["""{"key":"no key"}""", .. Entities('b', 200, big)], Devices.Of(Entities('a', 200, big)))
            .Errors.Single().Message.ShouldContain("bytes; at most 524288");
    }

    [Test]
    public void What_is_kept_counts_among_the_sixteen_patterns_of_a_device()
    {
        string Text(string key, string pattern, string icon) =>
            $$"""{"key":"{{key}}","platform":"text","pattern":"{{pattern}}","icon":{{icon}}}""";
        const string icon = "\"mdi:leaf\"";
        var before = Devices.Of([.. Enumerable.Range(0, 16).Select(i => Text($"k{i}", $"a{i}", icon))]);
        string[] wrong = [.. Enumerable.Range(0, 16).Select(i => Text($"k{i}", $"a{i}", "5"))];

        Announce(wrong, before).Device!.Json.Span.SequenceEqual(before.Json.Span).ShouldBeTrue();
        Announce([.. wrong, Text("new", "b", icon)], before).Errors.Single().Message
            .ShouldContain("more than 16 different patterns");
    }

    private static AnnouncementResult Announce(IEnumerable<string> entities, DeviceDescription before) =>
        AnnouncementReader.Read(
            Encoding.UTF8.GetBytes($$"""{"schema":1,"type":"test","id":"bench","entities":[{{string.Join(',', entities)}}]}"""),
            before);
}
