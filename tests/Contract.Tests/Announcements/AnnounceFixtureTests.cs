using System.Buffers;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Announcements;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Announcements;

internal sealed class AnnounceFixtureTests
{
    private static IEnumerable<string> Names => Fixtures.Names("announce");

    [TestCaseSource(nameof(Names))]
    public void An_announcement_is_answered_as_its_fixture_says(string name)
    {
        var result = AnnouncementReader.Read(Fixtures.Bytes("announce/" + name), Before(name));
        var expectedName = "announce/" + Path.ChangeExtension(name, ".expected.json");
        var actual = new JsonObject { ["reply"] = Reply(result) };
        if (result.Device is not null)
        {
            actual["normalised"] = JsonNode.Parse(result.Device.Json.Span);
        }

        if (Fixtures.Write)
        {
            Fixtures.Save(expectedName, actual);
        }

        Fixtures.Text(actual).ShouldBe(Fixtures.Text(Fixtures.Json(expectedName)));
        result.Ok.ShouldBe(name.StartsWith("valid", StringComparison.Ordinal));
    }

    [TestCaseSource(nameof(Names))]
    public void What_was_normalised_is_its_own_normal_form(string name)
    {
        if (AnnouncementReader.Read(Fixtures.Bytes("announce/" + name), Before(name)).Device is not { } device)
        {
            return;
        }

        var again = AnnouncementReader.Read(device.Json.Span);
        again.Errors.ShouldBeEmpty();
        again.Device!.Json.Span.SequenceEqual(device.Json.Span).ShouldBeTrue();
        DeviceDescription.FromStored(device.Json).Json.Span.SequenceEqual(device.Json.Span).ShouldBeTrue();
    }

    /// <summary>What the device announced before; null: nothing.</summary>
    private static DeviceDescription? Before(string name)
    {
        var before = "announce/" + Path.ChangeExtension(name, ".before.json");
        return Fixtures.Exists(before) ? AnnouncementReader.Read(Fixtures.Bytes(before)).Device : null;
    }

    private static JsonNode Reply(AnnouncementResult result)
    {
        var output = new ArrayBufferWriter<byte>();
        AnnounceReply.Write(output, result, result.Ok ? 7UL : null);
        return JsonNode.Parse(output.WrittenSpan)!;
    }
}
