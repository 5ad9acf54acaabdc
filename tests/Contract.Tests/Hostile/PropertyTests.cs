using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Platforms;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Hostile;

internal sealed class PropertyTests
{
    private static readonly EntityDescription Number = Devices.Entity(
        """{"key":"n","platform":"sensor","state_class":"measurement"}""");
    private static readonly EntityDescription Text = Devices.Entity("""{"key":"t","platform":"text"}""");

    /// <summary>Words with which the random entity would be valid.</summary>
    private static readonly string[] Known =
        [.. PlatformCatalog.Names, .. PlatformCatalog.Find("light")!.FindField("supported_color_modes")!.Words!.Words];

    [Test]
    public void Every_finite_number_stays_as_it_is() => Check<double>(value =>
    {
        var json = JsonSerializer.Serialize(value);
        return Normalise(Number, json) == json && Normalise(Number, $"\"{json}\"") == json
            && Normalise(Number, $"{{\"state\":{json}}}") == json;
    }, double.IsFinite);

    [Test]
    public void Every_text_of_at_most_255_characters_stays_as_it_is() => Check<string>(value =>
    {
        var sent = JsonSerializer.Serialize(value);
        return (string?)JsonNode.Parse(Normalise(Text, sent)) == value;
    }, value => IsUnicode(value) && value.EnumerateRunes().Count() <= 255
        && value.Trim(' ', '\t', '\r', '\n') is not "unavailable");

    [Test]
    public void Any_bytes_are_read_as_one_value() => Check<byte[]>(bytes =>
    {
        foreach (var entity in (EntityDescription[])[Number, Text])
        {
            var output = new ArrayBufferWriter<byte>();
            var memory = default(StateMemory);
            StateReader.Normalise(entity, bytes, output, ref memory);
            using var document = JsonDocument.Parse(output.WrittenMemory);
        }

        return AnnouncementReader.Read(bytes) is { Ok: false };
    }, bytes => bytes is not null);

    [Test]
    public void An_invalid_entity_does_not_affect_the_others() => Check<string>(value =>
    {
        var random = JsonSerializer.Serialize(value);
        var json = $$"""
            {"schema":1,"type":"t","id":"i","entities":[{"key":"a","platform":"switch"},
             {"key":{{random}},"platform":{{random}},{{JsonSerializer.Serialize(value + "x")}}:{{random}} },
             {"key":"b","platform":"light","supported_color_modes":[{{random}}]},{"key":"c","platform":"switch"}]}
            """;
        var result = AnnouncementReader.Read(Encoding.UTF8.GetBytes(json));
        return result.Ok && result.Device!.Entities.Select(e => e.Key).SequenceEqual(["a", "c"]);
    }, value => IsUnicode(value) && !Known.Contains(value));

    [Test]
    public void A_time_stays_the_same_time() => Check<DateTimeOffset>(value =>
    {
        var entity = Devices.Entity("""{"key":"at","platform":"sensor","device_class":"timestamp"}""");
        var sent = value.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture);
        var taken = (string?)JsonNode.Parse(Normalise(entity, sent));
        return taken is not null && Time(taken) == Time(sent);
    }, value => value.Year is > 2 and < 9998);

    private static bool IsUnicode(string? text) =>
        text is not null && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    private static string Normalise(EntityDescription entity, string payload)
    {
        var output = new ArrayBufferWriter<byte>();
        var memory = default(StateMemory);
        StateReader.Normalise(entity, Encoding.UTF8.GetBytes(payload), output, ref memory);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static void Check<T>(Func<T, bool> property, Func<T, bool> when) =>
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(ArbMap.Default.ArbFor<T>().Filter(when), property));
}
