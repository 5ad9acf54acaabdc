using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using HaNatsBridge.Contract.Commands;
using HaNatsBridge.Contract.Errors;
using HaNatsBridge.Contract.Tests.Support;
using NUnit.Framework;
using Shouldly;

namespace HaNatsBridge.Contract.Tests.Commands;

internal sealed class CommandFixtureTests
{
    private static IEnumerable<string> Names => Fixtures.OfPlatforms("commands");

    private static IEnumerable<string> ResponseNames => Fixtures.OfPlatforms("responses");

    private static IEnumerable<string> ReplyNames => Fixtures.Names("replies");

    [TestCaseSource(nameof(Names))]
    public void A_command_is_checked_as_its_fixture_says(string name)
    {
        var fixture = Fixtures.Json(name);
        var entity = Devices.Entity(fixture["description"]!);
        foreach (var test in fixture["cases"]!.AsArray())
        {
            var problem = CommandChecker.Check(
                entity, (string)test!["action"]!, JsonElement.Parse(Fixtures.Text(test["params"])));
            var actual = problem is null
                ? null
                : new JsonObject { ["code"] = problem.Code, ["path"] = problem.Path, ["message"] = problem.Message };
            if (Fixtures.Write)
            {
                test["problem"] = actual?.DeepClone();
            }

            Fixtures.Text(actual).ShouldBe(Fixtures.Text(test["problem"]), Fixtures.Text(test));
        }

        if (Fixtures.Write)
        {
            Fixtures.Save(name, fixture);
        }
    }

    [TestCaseSource(nameof(ResponseNames))]
    public void The_data_of_an_answer_is_read_as_its_fixture_says(string name)
    {
        var fixture = Fixtures.Json(name);
        var entity = Devices.Entity(fixture["description"]!);
        foreach (var test in fixture["cases"]!.AsArray())
        {
            var reply = ResponseReader.Check(
                entity, (string)test!["action"]!, CommandReplyReader.Read(Fixtures.Payload(test), hasStatusHeader: false),
                out var problems);
            var actual = reply.Ok
                ? new JsonObject { ["response"] = reply.Response is { } response ? JsonNode.Parse(response.Span) : null }
                : new JsonObject { ["code"] = reply.Code, ["reason"] = reply.Reason, ["message"] = reply.Message };
            if (problems.Count > 0)
            {
                actual["problems"] = new JsonArray(
                    [.. problems.Select(p => new JsonObject { ["path"] = p.Path, ["message"] = p.Message })]);
            }

            if (Fixtures.Write)
            {
                test["expect"] = actual.DeepClone();
            }

            Fixtures.Text(actual).ShouldBe(Fixtures.Text(test["expect"]), Fixtures.Text(test));
        }

        if (Fixtures.Write)
        {
            Fixtures.Save(name, fixture);
        }
    }

    [Test]
    public void A_list_has_at_most_a_thousand_objects()
    {
        var entity = Devices.Entity("""{"key":"x","platform":"weather","supported_features":["forecast_hourly"]}""");
        ReplyWith(1000).Ok.ShouldBeTrue();
        var refused = ReplyWith(10_000);
        (refused.Code, refused.Reason).ShouldBe((CommandCodes.InternalError, CommandReasons.BadAnswer));

        CommandReply ReplyWith(int count)
        {
            var list = string.Join(',', Enumerable.Repeat("""{"datetime":"2026-12-01T10:00:00Z"}""", count));
            var payload = Encoding.UTF8.GetBytes($$$"""{"ok":true,"response":{"forecast":[{{{list}}}]}}""");
            return ResponseReader.Check(
                entity, "get_forecasts", CommandReplyReader.Read(payload, hasStatusHeader: false), out _);
        }
    }

    [TestCaseSource(nameof(ReplyNames))]
    public void A_reply_is_read_as_its_fixture_says(string name)
    {
        var fixture = Fixtures.Json("replies/" + name);
        foreach (var test in fixture["cases"]!.AsArray())
        {
            var reply = CommandReplyReader.Read(Fixtures.Payload(test!), (bool)test!["status_header"]!);
            var actual = new JsonObject { ["ok"] = reply.Ok };
            if (!reply.Ok)
            {
                actual["code"] = reply.Code;
                actual["message"] = reply.Message;
            }

            if (reply.State is { } state)
            {
                actual["state"] = JsonNode.Parse(state.Span);
            }

            if (reply.Confirmed is { } confirmed)
            {
                actual["confirmed"] = confirmed;
            }

            if (reply.Response is { } response)
            {
                actual["response"] = JsonNode.Parse(response.Span);
            }

            if (Fixtures.Write)
            {
                test["expect"] = actual.DeepClone();
            }

            Fixtures.Text(actual).ShouldBe(Fixtures.Text(test["expect"]), Fixtures.Text(test));
        }

        if (Fixtures.Write)
        {
            Fixtures.Save("replies/" + name, fixture);
        }
    }
}
