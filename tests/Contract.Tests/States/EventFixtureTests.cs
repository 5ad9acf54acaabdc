using System.Text.Json.Nodes;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.States;

internal sealed class EventFixtureTests
{
    private static IEnumerable<string> Names => Fixtures.Names("events");

    [TestCaseSource(nameof(Names))]
    public void An_event_is_read_as_its_fixture_says(string name)
    {
        var fixture = Fixtures.Json("events/" + name);
        var entity = Devices.Entity(fixture["description"]!);
        foreach (var test in fixture["cases"]!.AsArray())
        {
            var right = EventReader.TryRead(entity, Fixtures.Payload(test!), out var reading, out var problem);
            var actual = right
                ? new JsonObject { ["event_type"] = reading.EventType, ["attributes"] = JsonNode.Parse(reading.Attributes.Span) }
                : new JsonObject { ["problem"] = new JsonObject { ["path"] = problem.Path, ["message"] = problem.Message } };
            if (Fixtures.Write)
            {
                test!["expect"] = actual.DeepClone();
            }

            Fixtures.Text(actual).ShouldBe(Fixtures.Text(test!["expect"]), Fixtures.Text(test));
        }

        if (Fixtures.Write)
        {
            Fixtures.Save("events/" + name, fixture);
        }
    }

    [Test]
    public void A_heartbeat_is_read_as_its_fixture_says()
    {
        var fixture = Fixtures.Json("health/reports.json");
        foreach (var test in fixture["cases"]!.AsArray())
        {
            var report = HealthReader.Read(Fixtures.Payload(test!));
            var values = new JsonObject();
            foreach (var value in report.Values)
            {
                values[value.Key] = JsonNode.Parse(value.Json.Span);
            }

            var actual = new JsonObject { ["status"] = report.Status, ["values"] = values };
            if (Fixtures.Write)
            {
                test!["expect"] = actual.DeepClone();
            }

            Fixtures.Text(actual).ShouldBe(Fixtures.Text(test!["expect"]), Fixtures.Text(test));
        }

        if (Fixtures.Write)
        {
            Fixtures.Save("health/reports.json", fixture);
        }
    }
}
