using System.Text;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.Platforms.Rules;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Platforms;

/// <summary>The definitions use Home Assistant's own words: what was generated from it is held against what was written by hand.</summary>
internal sealed class VocabularyTests
{
    /// <summary>What Home Assistant itself derives from the rest or from the description.</summary>
    private static readonly string[] Derived = ["cover.is_closed", "event.event_type", "lock.code_format"];

    private static readonly JsonNode Vocabulary = JsonNode.Parse(File.ReadAllBytes(Path.Combine(Fixtures.ContractFolder, "device-classes.json")))!["vocabulary"]!;

    private static IEnumerable<string> Names => PlatformCatalog.Names.Order(StringComparer.Ordinal);

    [Test]
    public void Every_platform_of_the_catalogue_was_generated() => Vocabulary.AsObject().Select(p => p.Key).ShouldBe(Names);

    [TestCaseSource(nameof(Names))]
    public void A_platform_names_its_features_in_home_assistants_order(string name) => PlatformCatalog.Find(name)!.Features.ShouldBe(Words(name, "features"));

    [TestCaseSource(nameof(Names))]
    public void A_platform_knows_every_capability_and_every_attribute(string name)
    {
        var platform = PlatformCatalog.Find(name)!;
        Words(name, "capabilities").Except(platform.Fields.Select(f => f.Name)).ShouldBeEmpty();
        Words(name, "attributes").Where(a => !Derived.Contains($"{name}.{a}")).ShouldBe(platform.Attributes.Select(a => a.Name), ignoreOrder: true);
    }

    [TestCase("climate", "states", "hvac_modes")]
    [TestCase("number", "NumberMode", "mode")]
    [TestCase("text", "TextMode", "mode")]
    public void A_field_takes_the_words_that_home_assistant_knows(string platform, string words, string field) =>
        PlatformCatalog.Find(platform)!.FindField(field)!.Words!.Words.ShouldBe(Words(platform, words), ignoreOrder: true);

    [Test]
    public void A_light_takes_every_colour_mode() =>
        PlatformCatalog.Find("light")!.FindField("supported_color_modes")!.Words!.Words.Append("unknown").ShouldBe(Words("light", "ColorMode"), ignoreOrder: true);

    [TestCase("cover")]
    [TestCase("lock")]
    public void A_state_takes_the_words_that_home_assistant_knows(string platform) =>
        PlatformCatalog.Find(platform)!.State.ShouldBeOfType<WordRule>().Words!.Words.ShouldBe(Words(platform, "states"), ignoreOrder: true);

    [Test]
    public void A_climates_action_is_one_that_home_assistant_knows()
    {
        var platform = PlatformCatalog.Find("climate")!;
        var rule = platform.Attributes[platform.AttributeIndex("hvac_action"u8)].Rule.ShouldBeOfType<WordRule>();
        rule.Words!.Words.ShouldBe(Words("climate", "HVACAction"), ignoreOrder: true);
    }

    [TestCase(@"(?P<first>a)b", "abc", true)]
    [TestCase(@"b", "abc", false)]
    [TestCase(@"(?!0)\d+", "12", true)]
    [TestCase(@"(?!0)\d+", "02", false)]
    public void A_pattern_is_understood_as_home_assistant_does(string pattern, string text, bool matches) =>
        new TextPattern(pattern).Matches(Encoding.UTF8.GetBytes(text)).ShouldBe(matches);

    [Test]
    public void A_pattern_that_takes_too_long_is_given_up()
    {
        var pattern = new TextPattern(@"(?=.)(a+)+\1$");
        var text = Encoding.UTF8.GetBytes(new string('a', 60) + "!");
        Enumerable.Range(0, 3).Select(_ => pattern.Matches(text)).ShouldAllBe(m => !m);
        pattern.Matches(text).ShouldBeTrue();
    }

    [Test]
    public void Many_patterns_that_stay_just_below_their_time_take_no_more_of_it_together()
    {
        var now = TimeSpan.Zero;
        var isSlow = true;
        var budget = new PatternBudget(() => isSlow ? now += TimeSpan.FromMilliseconds(9) : now);
        var tried = Enumerable.Range(0, 1_000).Count(i => !new TextPattern($"(?=x{i})y") { Budget = budget }.Matches("z"u8));

        tried.ShouldBeLessThan(30);
        isSlow = false;
        new TextPattern("x") { Budget = budget }.Matches("z"u8).ShouldBeTrue("nothing is left");
        now += TimeSpan.FromSeconds(20);
        new TextPattern("x") { Budget = budget }.Matches("z"u8).ShouldBeFalse("it comes back");
    }

    [TestCase(@"(?=a)", true)]
    [TestCase(@"a(?!b)", true)]
    [TestCase(@"(?<=a)b", true)]
    [TestCase(@"(?<!a)b", true)]
    [TestCase(@"(a)\1", true)]
    [TestCase(@"(?<n>a)\k<n>", true)]
    [TestCase(@"(?P<n>a)(?P=n)", true)]
    [TestCase(@"(?>a+)b", true)]
    [TestCase(@"^\d{4}$", false)]
    [TestCase(@"(?:a|b)(?P<n>c)", false)]
    [TestCase(@"[(?=]\(?=", false)]
    [TestCase(@"[]\1(?=]", false)]
    [TestCase(@"\\1", false)]
    public void A_pattern_that_looks_around_or_back_is_told_from_others(string pattern, bool looks) => TextPattern.LooksAround(pattern).ShouldBe(looks);

    private static IEnumerable<string> Words(string platform, string kind) => Vocabulary[platform]![kind]!.AsArray().Select(w => (string)w!);
}
