using System.Buffers;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.States;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.States;

internal sealed class StateFixtureTests
{
    private static IEnumerable<string> Names => Fixtures.OfPlatforms("states");

    [TestCaseSource(nameof(Names))]
    public void A_state_is_normalised_as_its_fixture_says(string name)
    {
        var fixture = Fixtures.Json(name);
        var entity = Devices.Entity(fixture["description"]!);
        foreach (var test in fixture["cases"]!.AsArray())
        {
            var output = new ArrayBufferWriter<byte>();
            var right = StateReader.TryNormalise(entity, Fixtures.Payload(test!), output, out var problem);
            if (Fixtures.Write)
            {
                test!.AsObject().Remove("value");
                test.AsObject().Remove("problem");
                test["value"] = JsonNode.Parse(output.WrittenSpan);
                if (!right)
                {
                    test["problem"] = new JsonObject { ["path"] = problem.Path, ["message"] = problem.Message };
                }
            }

            Fixtures.Text(output.WrittenSpan).ShouldBe(Fixtures.Text(test!["value"]), Fixtures.Text(test));
            (right ? null : problem.Path).ShouldBe((string?)test["problem"]?["path"], Fixtures.Text(test));
            (right ? null : problem.Message).ShouldBe((string?)test["problem"]?["message"]);
        }

        if (Fixtures.Write)
        {
            Fixtures.Save(name, fixture);
        }
    }
}
