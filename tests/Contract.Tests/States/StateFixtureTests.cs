using System.Buffers;
using System.Text;
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
            var memory = default(StateMemory);
            foreach (var earlier in test!["after"]?.AsArray() ?? [])
            {
                StateReader.Normalise(entity, Encoding.UTF8.GetBytes((string)earlier!), output, ref memory);
            }

            output.ResetWrittenCount();
            var problems = Fixtures.Problems(StateReader.Normalise(entity, Fixtures.Payload(test), output, ref memory));
            if (Fixtures.Write)
            {
                test.AsObject().Remove("value");
                test.AsObject().Remove("problems");
                test["value"] = JsonNode.Parse(output.WrittenSpan);
                if (problems.Count > 0)
                {
                    test["problems"] = problems.DeepClone();
                }
            }

            Fixtures.Text(output.WrittenSpan).ShouldBe(Fixtures.Text(test["value"]), Fixtures.Text(test));
            Fixtures.Text(problems).ShouldBe(Fixtures.Text(test["problems"] ?? new JsonArray()), Fixtures.Text(test));
        }

        if (Fixtures.Write)
        {
            Fixtures.Save(name, fixture);
        }
    }
}
