using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Platforms.Rules;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Platforms;

/// <summary>
/// The definitions use Home Assistant's own words: the generated words are compared with the definitions.
/// </summary>
internal sealed class VocabularyTests
{
    private static readonly JsonNode Vocabulary = JsonNode.Parse(
        File.ReadAllBytes(Path.Combine(Fixtures.ContractFolder, "device-classes.json")))!["vocabulary"]!;

    private static IEnumerable<string> Names => PlatformCatalog.Names.Order(StringComparer.Ordinal);

    [Test]
    public void Every_platform_of_the_catalogue_was_generated() => Vocabulary.AsObject().Select(p => p.Key).ShouldBe(Names);

    [TestCaseSource(nameof(Names))]
    public void A_platform_names_its_features_in_home_assistants_order(string name) =>
        PlatformCatalog.Find(name)!.Features.ShouldBe(Words(name, "features"));

    [TestCase("climate", "states", "hvac_modes")]
    [TestCase("number", "NumberMode", "mode")]
    [TestCase("text", "TextMode", "mode")]
    public void A_field_takes_the_words_that_home_assistant_knows(string platform, string words, string field) =>
        PlatformCatalog.Find(platform)!.FindField(field)!.Words!.Words.ShouldBe(Words(platform, words), ignoreOrder: true);

    [Test]
    public void A_light_takes_every_colour_mode() =>
        PlatformCatalog.Find("light")!.FindField("supported_color_modes")!.Words!.Words.Append("unknown")
            .ShouldBe(Words("light", "ColorMode"), ignoreOrder: true);

    [TestCase("alarm_control_panel")]
    [TestCase("cover")]
    [TestCase("lock")]
    [TestCase("vacuum")]
    [TestCase("valve")]
    [TestCase("weather")]
    public void A_state_takes_the_words_that_home_assistant_knows(string platform) =>
        PlatformCatalog.Find(platform)!.State.ShouldBeOfType<WordRule>().Words!.Words
            .ShouldBe(Words(platform, "states"), ignoreOrder: true);

    [Test]
    public void A_climates_action_is_one_that_home_assistant_knows()
    {
        var platform = PlatformCatalog.Find("climate")!;
        var rule = platform.Attributes[platform.AttributeIndex("hvac_action"u8)].Rule.ShouldBeOfType<WordRule>();
        rule.Words!.Words.ShouldBe(Words("climate", "HVACAction"), ignoreOrder: true);
    }

    [TestCase("repeat", "RepeatMode")]
    [TestCase("enqueue", "MediaPlayerEnqueue")]
    public void A_player_takes_the_words_that_home_assistant_knows(string param, string words) =>
        PlatformCatalog.Find("media_player")!.Actions.Select(a => a.FindParam(param)?.Rule).OfType<WordRule>().First()
            .Words!.Words.ShouldBe(Words("media_player", words), ignoreOrder: true);

    [TestCase(@"(?P<first>a)b", "abc", true)]
    [TestCase(@"b", "abc", false)]
    [TestCase(@"^\d{4}$", "12345", false)]
    public void A_pattern_is_understood_as_home_assistant_does(string pattern, string text, bool matches) =>
        new TextPattern(pattern).Matches(Encoding.UTF8.GetBytes(text)).ShouldBe(matches);

    [TestCase("(?=.*[0-9])[a-z0-9]+", "positive lookahead")]
    [TestCase("(?<!a)b", "negative lookbehind")]
    [TestCase(@"(a)\1", "backreference")]
    [TestCase("(?>a+)b", "atomic")]
    [TestCase("(?:(?:[0-9]?){30}){8}x", "larger than the configured limit")]
    [TestCase(".{1000}{1000}", "Nested quantifier")]
    [TestCase("(a", "Not enough )'s")]
    public void A_pattern_that_cannot_be_matched_in_linear_time_is_refused(string pattern, string reason) =>
        TextPattern.Refuse(pattern).ShouldNotBeNull().ShouldContain(reason);

    [TestCase(@"^\d{4}$")]
    [TestCase(@"^([0-9A-F]{2}:){5}[0-9A-F]{2}$")]
    [TestCase(@"^[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,}$")]
    [TestCase(@"^(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}$")]
    [TestCase(@"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$")]
    [TestCase("[0-9a-fA-F]{64}")]
    [TestCase("(?P<room>[a-z]{1,32}),[a-z]{1,32}")]
    public void A_pattern_that_people_write_is_taken(string pattern) => TextPattern.Refuse(pattern).ShouldBeNull();

    [TestCase("(.*a.{20}|.*b.{20}|.*c.{20}|.*d.{20})x")]
    [TestCase("(.*[ac].{60}x)")]
    public void A_pattern_whose_automaton_grows_without_end_is_not_checked_any_more(string pattern)
    {
        TextPattern.Refuse(pattern).ShouldBeNull();
        var hostile = new TextPattern(pattern);
        var random = new Random(1);
        var allocated = GC.GetAllocatedBytesForCurrentThread();

        var matches = Enumerable.Range(0, 1_000).Select(_ => hostile.Matches(Letters(random))).ToList();

        matches[0].ShouldBeFalse("the first texts are checked");
        matches[^1].ShouldBeTrue("no text ends with x");
        (GC.GetAllocatedBytesForCurrentThread() - allocated).ShouldBeLessThan(20_000_000);
    }

    private static byte[] Letters(Random random)
    {
        var text = new byte[255];
        foreach (ref var letter in text.AsSpan())
        {
            letter = (byte)random.Next('a', 'e');
        }

        return text;
    }

    private static IEnumerable<string> Words(string platform, string kind) =>
        Vocabulary[platform]![kind]!.AsArray().Select(w => (string)w!);
}
